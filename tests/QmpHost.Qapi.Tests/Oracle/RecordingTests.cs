using NUnit.Framework;
using QmpHost.Qapi.Json;

namespace QmpHost.Qapi.Tests.Oracle;

/// <summary>What was recorded is what QEMU still says.</summary>
[TestFixture]
[Category("Oracle")]
public class RecordingTests
{
    [Test]
    public void Errors_for_malformed_arguments()
    {
        string[][] recorded = Lines("argument-errors.txt").Chunk(2).ToArray();
        IReadOnlyList<string> replies = OracleProcess.Ask(QmpProgram.System, recorded.Select(r => r[0]).ToArray());
        Assert.That(replies.Select(Describe), Is.EqualTo(recorded.Select(r => r[1])));
    }

    [Test]
    public void Errors_for_command_line_options()
    {
        string[][] recorded = Lines("keyval-errors.txt").Chunk(2).ToArray();
        IEnumerable<string> said = recorded.Select(r => OracleProcess.Complain("--blockdev", r[0]));
        Assert.That(said, Is.EqualTo(recorded.Select(r => $"qemu-storage-daemon: --blockdev {r[0]}: {r[1]}")));
    }

    [TestCase(QmpProgram.System, "system")]
    [TestCase(QmpProgram.StorageDaemon, "storage-daemon")]
    public void Commands_and_schema(QmpProgram program, string name)
    {
        IReadOnlyList<string> replies = OracleProcess.Ask(program, ["{'execute': 'query-qmp-schema'}", "{'execute': 'query-commands'}"]);
        Assert.Multiple(() =>
        {
            Assert.That(replies[0], Is.EqualTo(Lines($"query-qmp-schema-{name}.json").Single()));
            Assert.That(replies[1], Is.EqualTo(Lines($"query-commands-{name}.json").Single()));
        });
    }

    private static string Describe(string reply)
    {
        var error = (QDict)((QDict)JsonParser.Parse(reply))["error"];
        return $"{((QString)error["class"]).Value}: {((QString)error["desc"]).Value}";
    }

    private static string[] Lines(string name) => File.ReadAllLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", name));
}
