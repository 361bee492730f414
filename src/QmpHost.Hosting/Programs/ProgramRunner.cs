using QmpHost.Commands.HumanMonitor;
using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Clocks;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs;

/// <summary>Sets a host up as a command line says, and runs it until it is asked to end.</summary>
internal sealed class ProgramRunner : IAsyncDisposable
{
    private readonly ProgramEnvironment _environment;
    private readonly BlockHost _host;
    private readonly HumanMonitor _humanMonitor;
    private readonly KeyvalOptions _keyval;
    private readonly CharacterDevices _chardevs;
    private readonly LegacyDrives _drives;
    private readonly TaskCompletionSource<bool> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ended;

    public ProgramRunner(ProgramEnvironment environment, BlockHostOptions options)
    {
        _environment = environment;
        _host = new BlockHost(options);
        _humanMonitor = new HumanMonitor(_host.Services);
        _keyval = new KeyvalOptions(options.Profile);
        _chardevs = new CharacterDevices(environment);
        _drives = new LegacyDrives(_host.Services, options.Machine, environment.StandardError.WriteLine);
    }

    public Task AddBlockdevAsync(GivenOption option)
    {
        BlockdevOptions options = _keyval.Read(option, "driver", BlockdevOptions.Visit);
        return OnLoopAsync(option, async () => await _host.Services.Layer.Graph.AddMonitorNodeAsync(options));
    }

    public Task AddObjectAsync(GivenOption option)
    {
        ObjectOptions options = _keyval.Read(option, "qom-type", ObjectOptions.Visit);
        return OnLoopAsync(option, async () => await _host.Services.Objects.AddAsync(options, _host.Options.Profile));
    }

    public Task AddDeviceAsync(GivenOption option)
    {
        QDict options = ReadDevice(option);
        return OnLoopAsync(option, async () => await _host.Services.Devices!.AddAsync(options));
    }

    public Task AddDriveAsync(GivenOption option) => AddDriveAsync(option, () => DriveOptions.Parse(option.Value));

    /// <summary>Adds the drive of an image that stands on the command line without an option.</summary>
    public Task AddImageAsync(GivenOption option) => AddDriveAsync(option, () => DriveOptions.OfOperand(option.Value));

    public Task AddChardevAsync(GivenOption option) => _chardevs.AddAsync(option);

    /// <summary>Lets a test move the clock over a character device.</summary>
    public async Task AddQtestAsync(GivenOption option)
    {
        CharacterDevice device = await AddQtestDeviceAsync(option);
        var session = new QtestSession(_host.Options.Clock as VirtualClock);
        device.Serve(connection => LineService.ServeAsync(connection, string.Empty, async line =>
            await _host.Loop.InvokeAsync(async () => await session.HandleLineAsync(line)) is { } answer ? answer + "\n" : string.Empty));
    }

    private async Task<CharacterDevice> AddQtestDeviceAsync(GivenOption option)
    {
        try
        {
            return await _chardevs.AddInlineAsync(option);
        }
        catch (CommandLineException e)
        {
            // QEMU tells this without the option, and then once more.
            string cause = e.Message.StartsWith(option.Text + ": ", StringComparison.Ordinal) ? e.Message[(option.Text.Length + 2)..] : e.Message;
            throw new CommandLineException($"{cause}\n{_environment.Name}: Failed to initialize device for qtest: \"{option.Value}\"");
        }
    }

    public Task AddMonitorAsync(GivenOption option, MonitorOptions monitor)
    {
        CharacterDevice device = _chardevs.Find(monitor.Chardev)
            ?? throw new CommandLineException($"{option.Text}: chardev \"{monitor.Chardev}\" not found");
        Serve(option, device, monitor.IsControl, monitor.Pretty);
        return Task.CompletedTask;
    }

    public async Task AddInlineMonitorAsync(GivenOption option, bool isControl, bool pretty)
    {
        if (option.Value != "none")
        {
            Serve(option, await _chardevs.AddInlineAsync(option), isControl, pretty);
        }
    }

    public Task StartNbdServerAsync(GivenOption option)
    {
        NbdServerOptions options = _keyval.Read(option, null, NbdServerOptions.Visit);
        return OnLoopAsync(option, () =>
        {
            _host.Services.Exports.StartServer(options.Addr, options.TlsCreds, options.TlsAuthz, options.MaxConnections);
            return Task.CompletedTask;
        });
    }

    public Task AddExportAsync(GivenOption option)
    {
        BlockExportOptions options = _keyval.Read(option, "type", BlockExportOptions.Visit);
        return OnLoopAsync(option, async () => await _host.Services.Exports.AddAsync(options));
    }

    /// <summary>Runs the host until a command or a signal ends it.</summary>
    /// <param name="pidfile">The process file's path, or null.</param>
    public async Task RunAsync(string? pidfile)
    {
        await _host.StartMachineAsync();
        _started.SetResult(true);
        using IDisposable? started = _environment.Started(pidfile);
        if (await Task.WhenAny(_environment.Terminated, _host.ShutdownRequested) == _environment.Terminated)
        {
            await TellSignalAsync();
            _host.Terminate();
            await _host.ShutdownRequested;
        }

        await DisposeAsync();
    }

    /// <summary>Ends the host, then the character devices.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _started.TrySetResult(false);
        await _host.DisposeAsync();
        await _chardevs.DisposeAsync();
    }

    private async Task TellSignalAsync()
    {
        // Only the system emulator says so.
        if (_host.Options.Identity.Program == QmpProgram.System)
        {
            await _environment.StandardError.WriteLineAsync($"{_environment.Name}: terminating on signal {await _environment.Terminated}");
        }
    }

    private Task AddDriveAsync(GivenOption option, Func<DriveOptions> parse) => OnLoopAsync(option, async () =>
    {
        try
        {
            await _drives.AddAsync(parse());
        }
        catch (CommandLineException e)
        {
            throw new CommandLineException($"{option.Text}: {e.Message}");
        }
    });

    private static QDict ReadDevice(GivenOption option)
    {
        try
        {
            return option.Value.StartsWith('{') ? (QDict)JsonParser.Parse(option.Value) : QemuOpts.Parse(option.Value, "driver").ToDict();
        }
        catch (QmpException e)
        {
            throw new CommandLineException($"{option.Text}: {e.Message}");
        }
    }

    private void Serve(GivenOption option, CharacterDevice device, bool isControl, bool pretty)
    {
        try
        {
            device.Serve(connection => ServeAsync(connection, isControl, pretty));
        }
        catch (QmpException e)
        {
            throw new CommandLineException($"{option.Text}: {e.Message}");
        }
    }

    // Who connects early waits: commands see a host that has everything that its command line asks for.
    private async Task ServeAsync(CharacterConnection connection, bool isControl, bool pretty)
    {
        if (!await _started.Task)
        {
            return;
        }

        await (isControl
            ? _host.Monitors.ServeAsync(connection, pretty)
            : LineService.ServeAsync(connection, HumanMonitorBanner(), ExecuteHumanAsync));
    }

    private string HumanMonitorBanner()
    {
        QemuBuild build = QemuBuild.Of(_host.Options.Profile);
        return $"QEMU {build.Major}.{build.Minor}.{build.Micro} monitor - type 'help' for more information\r\n(qemu) ";
    }

    private Task<string> ExecuteHumanAsync(string line)
        => _host.Loop.InvokeAsync(async () => await _humanMonitor.ExecuteAsync(line) + (_host.ShutdownRequested.IsCompleted ? string.Empty : "(qemu) "));

    private async Task OnLoopAsync(GivenOption option, Func<Task> action)
    {
        try
        {
            _host.ReportPrefix = $"{_environment.Name}: {option.Text}: ";
            await _host.Loop.InvokeAsync(action);
        }
        catch (QmpException e)
        {
            throw new CommandLineException($"{option.Text}: {e.Message}");
        }
        finally
        {
            _host.ReportPrefix = "";
        }
    }
}
