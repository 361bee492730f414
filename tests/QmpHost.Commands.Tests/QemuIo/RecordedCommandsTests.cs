using System.Text.RegularExpressions;
using NUnit.Framework;

namespace QmpHost.Commands.Tests.QemuIo;

/// <summary>qemu-io's commands, one after another on one image, against what qemu-io 7.2 said.</summary>
internal sealed partial class RecordedCommandsTests
{
    [Test]
    public async Task Each_command_says_what_it_said_when_it_was_recorded()
    {
        await using DiskUnderTest disk = await DiskUnderTest.CreateAsync();
        using (Assert.EnterMultipleScope())
        {
            foreach ((string command, string recorded) in Read())
            {
                Assert.That(WithoutTimes(await disk.ExecuteAsync(command)), Is.EqualTo(recorded), command);
            }
        }
    }

    private static IEnumerable<(string Command, string Output)> Read()
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "qemu-io.txt"));
        foreach (string entry in text.Split("## ")[1..])
        {
            int end = entry.IndexOf('\n', StringComparison.Ordinal);

            // The program puts its name before what a monitor would show.
            yield return (entry[..end], WithoutTimes(entry[(end + 1)..]).Replace("qemu-io: ", "", StringComparison.Ordinal));
        }
    }

    private static string WithoutTimes(string output)
        => string.Concat(output.Split('\n').Where(line => line.Length > 0 && !Times().IsMatch(line)).Select(line => line + "\n"));

    [GeneratedRegex(@"\d ops; |^\d+,\d+,\d+:\d\d:")]
    private static partial Regex Times();
}
