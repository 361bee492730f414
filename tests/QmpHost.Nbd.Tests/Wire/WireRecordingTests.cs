using System.Runtime.CompilerServices;
using QmpHost.Nbd.Tests.Support;

namespace QmpHost.Nbd.Tests.Wire;

/// <summary>Every recorded exchange with the oracle, byte for byte. With QMPHOST_RECORD=1 the oracle tests write the recordings anew.</summary>
[TestFixture]
public class WireRecordingTests
{
    private static IEnumerable<string> Names => Directory.EnumerateFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "Recordings"), "*.wire")
        .Select(static path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Names))]
    public async Task The_server_answers_as_recorded(string name)
    {
        var script = WireScript.Load(Path.Combine(TestContext.CurrentContext.TestDirectory, "Recordings", name + ".wire"));
        await using TestServer server = await TestServer.StartAsync(WireSetup.Parse(script.Setup).CreateExports(), knowsExtendedHeaders: script.Programs is not null);
        foreach (List<WireStep> conversation in script.Conversations)
        {
            await WirePlayer.ReplayAsync(conversation, server.ConnectAsync);
        }
    }

    [TestCaseSource(nameof(Names))]
    [Category("Oracle")]
    [Retry(3)]
    public async Task The_oracle_answers_as_recorded(string name)
    {
        string path = Path.Combine(SourceFolder(), "..", "Recordings", name + ".wire");
        bool record = Environment.GetEnvironmentVariable("QMPHOST_RECORD") == "1";
        var script = WireScript.Load(record ? path : Path.Combine(TestContext.CurrentContext.TestDirectory, "Recordings", name + ".wire"));
        await using OracleDaemon oracle = await OracleDaemon.StartAsync(WireSetup.Parse(script.Setup), script.Programs);
        Dictionary<int, (byte[] Bytes, bool Eof)> answers = [];
        foreach (List<WireStep> conversation in script.Conversations)
        {
            await (record ? WirePlayer.RecordAsync(conversation, oracle.ConnectAsync, answers) : WirePlayer.ReplayAsync(conversation, oracle.ConnectAsync));
        }

        if (record)
        {
            await File.WriteAllTextAsync(path, script.Rewrite(answers));
        }
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
