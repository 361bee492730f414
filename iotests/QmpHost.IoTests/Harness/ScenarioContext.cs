using System.Globalization;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>What a scenario works with: a directory of its own, hosts of the chosen target, image tools, the log.</summary>
public sealed class ScenarioContext : IAsyncDisposable
{
    private readonly ISessionTarget _target;
    private readonly string _directory = Directory.CreateTempSubdirectory("qmphost-iotest-").FullName;
    private readonly string _filePrefix;
    private int _hosts;

    /// <summary>Creates the context of one run.</summary>
    public ScenarioContext(ISessionTarget target, IImageTools tools, Action<int>? lines)
    {
        _target = target;
        Tools = tools;
        _filePrefix = Path.Combine(_directory, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "-");
        Log = new ScenarioLog(_filePrefix, lines);
    }

    /// <summary>The log that is compared with the golden.</summary>
    public ScenarioLog Log { get; }

    /// <summary>Makes and compares images.</summary>
    public IImageTools Tools { get; }

    /// <summary>Longest wait for a single reply or event.</summary>
    public TimeSpan Timeout { get; } = TimeSpan.FromMinutes(2);

    /// <summary>Full path of a file of this scenario; the log shows it as <c>TEST_DIR/PID-name</c>.</summary>
    public string PathOf(string name) => _filePrefix + name;

    /// <summary>All files that the scenario has made with <see cref="PathOf"/>.</summary>
    public IReadOnlyList<string> Files() =>
        [.. Directory.EnumerateFiles(_directory).Where(path => path.StartsWith(_filePrefix, StringComparison.Ordinal))];

    /// <summary>Removes all files of the scenario.</summary>
    public void RemoveFiles()
    {
        foreach (string file in Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }
    }

    /// <summary>Makes an image and fills it: (byte, offset, length).</summary>
    public async Task CreateImageAsync(string format, string name, long size, params (byte Pattern, long Offset, long Length)[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        await Tools.CreateAsync(new ImageSpec(format, PathOf(name), size, new Dictionary<string, string>()), default);
        foreach ((byte pattern, long offset, long length) in content)
        {
            await Tools.WriteAsync(format, PathOf(name), pattern, offset, length, default);
        }
    }

    /// <summary>Starts a system host and negotiates. Several may run at once.</summary>
    public async Task<ScenarioHost> StartAsync(params IReadOnlyList<string> arguments)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_directory, $"host{_hosts++}")).FullName;
        using var timeout = new CancellationTokenSource(Timeout);
        ISessionHost host = await _target.StartAsync(
            new SessionStart
            {
                Program = SessionProgram.System,
                Arguments = arguments,
                Monitors = [new SessionMonitor("qmp", string.Empty)],
                Directory = folder,
            },
            timeout.Token);
        return await ScenarioHost.ConnectAsync(host, Log, Timeout);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }
}
