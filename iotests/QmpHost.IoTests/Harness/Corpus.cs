using System.Runtime.CompilerServices;
using QmpHost.Qapi;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>Finds the recorded files in the source tree, which recording writes to as well.</summary>
public static class Corpus
{
    /// <summary>The <c>iotests</c> folder of this checkout.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The release whose recordings are there for everything.</summary>
    public static string DefaultRelease { get; } = VersionProfile.Default.ToString();

    /// <summary>The folder of the sessions.</summary>
    public static string Sessions { get; } = Path.Combine(Root, "sessions");

    /// <summary>Names of all sessions: paths below the folder, without extension, sorted.</summary>
    public static IReadOnlyList<string> SessionNames() =>
        [.. Directory.EnumerateFiles(Sessions, "*.session", SearchOption.AllDirectories)
            .Select(path => Path.ChangeExtension(Path.GetRelativePath(Sessions, path), null))
            .Order(StringComparer.Ordinal)];

    /// <summary>Path of a session file.</summary>
    public static string SessionPath(string name) => Path.Combine(Sessions, name + ".session");

    /// <summary>Path of one transcript that was recorded under a release.</summary>
    public static string TranscriptPath(string name, SessionProgram program, string release) =>
        SessionFile.TranscriptPath(SessionPath(name), program, release);

    /// <summary>Path of a scenario's golden.</summary>
    public static string GoldenPath(int number) => Path.Combine(Root, $"{number:D3}.out");

    /// <summary>Path of a scenario's golden under a release.</summary>
    public static string GoldenPath(int number, string release) =>
        release == DefaultRelease ? GoldenPath(number) : Path.Combine(Root, $"{number:D3}.{release}.out");

    /// <summary>A known output of a release that was not recorded here, if the folder that holds such files is there.</summary>
    public static string? SharedGolden(int number, string release)
    {
        string folder = Environment.GetEnvironmentVariable("QMPHOST_GOLDEN_DIR")
            ?? Path.Combine(Root, "..", "..", "shared", "golden");
        string path = Path.Combine(folder, $"{number:D3}-qemu-{release}.out");
        return File.Exists(path) ? path : null;
    }

    private static string FindRoot([CallerFilePath] string source = "")
    {
        foreach (string start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(source)! })
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, "iotests");
                if (Directory.Exists(Path.Combine(candidate, "sessions")))
                {
                    return candidate;
                }
            }
        }

        throw new DirectoryNotFoundException("the folder iotests/sessions is not above " + AppContext.BaseDirectory);
    }
}
