using System.Globalization;
using System.Text;
using QmpHost.Qapi;

namespace QmpHost.IoTests.Harness;

/// <summary>The document that says how much of each release is there and how many recordings show it.</summary>
public static class ReleaseTable
{
    /// <summary>Where it is kept.</summary>
    public static string Path { get; } = System.IO.Path.Combine(Corpus.Root, "..", "docs", "releases.md");

    /// <summary>What it says.</summary>
    public static string Text()
    {
        var text = new StringBuilder(
            """
            # Releases

            What is there of each release: commands and events of the system program and of the storage daemon, drivers that
            `blockdev-add` takes, named behaviours in which it differs from 6.2, and the scenarios and sessions that are played under it.
            Each of those equals what QEMU of that release said. `qmphost releases A B` tells what differs between two releases. The
            session tool makes this page: `releases`.


            """.ReplaceLineEndings("\n"));
        string[] head = ReleaseFigures.Head.Split('\n');
        text.Append(CultureInfo.InvariantCulture, $"{head[0]} recordings |\n{head[1]} --- |\n");
        ILookup<string, GoldenItem> items = GoldenItem.All().ToLookup(static item => item.Release);
        foreach (string release in VersionProfile.Known.Select(static release => new VersionProfile(release).ToString()))
        {
            text.Append(CultureInfo.InvariantCulture, $"{ReleaseFigures.Of(VersionProfile.Parse(release)).Row} {items[release].Count()} |\n");
        }

        return text.ToString();
    }
}
