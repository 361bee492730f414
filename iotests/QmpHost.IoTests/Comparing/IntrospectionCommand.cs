using System.IO.Compression;
using System.Text;
using System.Text.Json;
using QmpHost.IoTests.Harness;
using QmpHost.Qapi.Tests.Introspection;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Comparing;

/// <summary>The command <c>introspection</c>: what QmpHost lists and what QEMU of the same release lists, of both programs.</summary>
internal sealed class IntrospectionCommand(TextWriter output)
{
    private const string Query = "{\"execute\": \"query-qmp-schema\"}";

    /// <summary>Runs it; the result is the exit code: 0 if whatever is listed is listed in the same way.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        string release = "7.2";
        string? folder = null;
        for (int i = 0; i + 1 < arguments.Count; i += 2)
        {
            switch (arguments[i])
            {
                case "--release":
                    release = arguments[i + 1];
                    break;
                case "--record":
                    folder = arguments[i + 1];
                    break;
                default:
                    throw new ArgumentException($"unknown option '{arguments[i]}'");
            }
        }

        ISessionTarget own = (IoTestSettings.FromEnvironment() with { Profile = release }).CreateTarget();
        ProcessTarget oracle = OracleFolders.Target(release);
        var omissions = new SortedSet<string>(StringComparer.Ordinal);
        int differences = 0;
        foreach (SessionProgram program in new[] { SessionProgram.System, SessionProgram.StorageDaemon })
        {
            JsonElement recorded = await ListAsync(oracle, program);
            if (folder is not null)
            {
                await RecordAsync(Path.Combine(folder, $"query-qmp-schema-{program.ToName()}-{release}.json.gz"), recorded);
            }

            var comparison = new IntrospectionComparison(await ListAsync(own, program), recorded);
            comparison.Compare();
            omissions.UnionWith(comparison.Omissions);
            differences += comparison.Differences.Count;
            foreach (string difference in comparison.Differences)
            {
                await output.WriteLineAsync($"{program.ToName()}: {difference}");
            }
        }

        foreach (string omission in omissions)
        {
            await output.WriteLineAsync("left out: " + omission);
        }

        return differences == 0 ? 0 : 1;
    }

    private static async Task<JsonElement> ListAsync(ISessionTarget target, SessionProgram program)
    {
        await using var host = new ComparedHost(null);
        await host.StartAsync(target, program, []);
        return await host.AskAsync(Query) ?? throw new SessionException($"{target.Name}: {host.Ending}");
    }

    private static async Task RecordAsync(string path, JsonElement list)
    {
        await using FileStream file = File.Create(path);
        await using var compressed = new GZipStream(file, CompressionLevel.SmallestSize);
        await compressed.WriteAsync(Encoding.UTF8.GetBytes($"{{\"return\": {list.GetRawText()}}}\r\n"));
    }
}
