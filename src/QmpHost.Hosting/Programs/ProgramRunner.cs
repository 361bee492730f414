using System.Globalization;
using QmpHost.Commands.HumanMonitor;
using QmpHost.Commands.Migration;
using QmpHost.Commands.Snapshots;
using QmpHost.Hosting.Chardevs;
using QmpHost.Hosting.CommandLine;
using QmpHost.Hosting.HumanConsole;
using QmpHost.Hosting.Programs.Machine;
using QmpHost.Machine.Clocks;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Facts;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Keyval;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs;

/// <summary>Sets a host up as a command line says, and runs it until it is asked to end.</summary>
internal sealed class ProgramRunner : IAsyncDisposable
{
    private readonly ProgramEnvironment _environment;
    private readonly BlockHost _host;
    private readonly HumanMonitor _humanMonitor;
    private readonly KeyvalOptions _keyval;
    private readonly ObjectOption _objects;
    private readonly CharacterDevices _chardevs;
    private readonly HashSet<string> _monitorIds = [];
    private readonly HashSet<string> _deviceIds = [];
    private readonly List<(GivenOption Option, DriveOptions Drive, DrivePlace Place)> _drives = [];
    private readonly List<string> _networks = [];
    private readonly TaskCompletionSource<bool> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IAsyncDisposable> _extensions = [];
    private IDisposable? _processFile;
    private bool _ended;

    public ProgramRunner(ProgramEnvironment environment, BlockHostOptions options)
    {
        _environment = environment;
        _host = new BlockHost(options with
        {
            OpenStandardInput = environment.OpenStandardInput,
            OpenStandardOutput = environment.OpenStandardOutput,
            Inform = text => environment.StandardError.WriteLine($"{environment.Name}: {environment.Current?.Text}: info: {text}"),
        });
        _humanMonitor = new HumanMonitor(_host.Services);
        _keyval = new KeyvalOptions(options.Profile);
        _objects = new ObjectOption(_host.Services.Objects, _keyval, options.Profile);
        _chardevs = new CharacterDevices(environment, _host);
    }

    /// <summary>Opens what QEMU does not have, before anything else can happen.</summary>
    public async Task ExtendAsync(IReadOnlyList<GivenOption> options)
    {
        await _environment.HostMade(_host);
        if (_environment.ControlAddress is { } address)
        {
            await ExtendAsync(new GivenOption("control", address, $"control {address}"));
        }

        foreach (GivenOption option in options.Where(static option => option.Name is "control" or "log-qmp"))
        {
            await ExtendAsync(option);
        }
    }

    public Task AddBlockdevAsync(GivenOption option)
    {
        BlockdevOptions options = _keyval.Read(option, "driver", BlockdevOptions.Visit);
        return OnLoopAsync(option, async () => await _host.Services.Layer.Graph.AddMonitorNodeAsync(options));
    }

    /// <summary>Adds the object of a storage daemon's option.</summary>
    public Task AddObjectAsync(GivenOption option)
    {
        ObjectOptions options = _objects.OfStorageDaemon(option);
        return OnLoopAsync(option, async () => await _host.Services.Objects.AddAsync(options, _host.Options.Profile));
    }

    /// <summary>Adds the object of a system emulator's option.</summary>
    public async Task AddSystemObjectAsync(GivenOption option)
    {
        ObjectOptions options = _objects.OfSystem(option, text => _environment.Warn(option, text));
        try
        {
            await _host.InvokeAsync(async () => await _host.Services.Objects.AddAsync(options, _host.Options.Profile));
        }
        catch (QmpException e)
        {
            // QEMU has forgotten by now which option it was.
            throw new CommandLineException(e.MessageWithHint);
        }
    }

    /// <summary>Answers a device's option that asks for the properties of a kind of devices.</summary>
    public async Task AnswerDeviceHelpAsync(GivenOption option)
    {
        if (option.Value.StartsWith('{') || OptionGroups.Device.Read(option, static (_, _) => { }) is not { WantsHelp: true } opts || opts["driver"] is not { } kind)
        {
            return;
        }

        IEnumerable<string>? lines = await _host.Loop.InvokeAsync(() => Task.FromResult(_host.Services.Devices!.ListProperties(kind)));
        if (lines is null)
        {
            // QEMU takes even this for an answer.
            await _environment.StandardError.WriteLineAsync($"{_environment.Name}: {option.Text}: Device '{kind}' not found");
        }

        throw new HelpRequestedException(lines ?? []);
    }

    public Task AddDeviceAsync(GivenOption option)
    {
        QDict options = ReadDevice(option);
        return OnLoopAsync(option, async () => await _host.Services.Devices!.AddAsync(options, hasTypes: option.Value.StartsWith('{')));
    }

    public Task AddDriveAsync(GivenOption option) => AddDriveAsync(option, () => DriveOptions.Parse(option.Value, text => _environment.Warn(option, text)));

    /// <summary>Adds the drive of an image that stands on the command line without an option.</summary>
    public Task AddImageAsync(GivenOption option) => AddDriveAsync(option, () => DriveOptions.OfOperand(option.Value));

    /// <summary>The board's full name.</summary>
    public string Board => MachineFacts.Of(_host.Options.Profile).Find(_host.Services.Board)?.Name ?? _host.Services.Board;

    /// <summary>Adds the drives that the board has unless it is told otherwise.</summary>
    public async Task AddDefaultDrivesAsync(DefaultDevices defaults)
    {
        foreach (string text in defaults.Drives)
        {
            var option = new GivenOption("drive", text, $"-drive {text}");
            await OnLoopAsync(option, async () =>
            {
                var drive = DriveOptions.Parse(text, static _ => { });
                if (await _host.Drives.AddSpareAsync(drive) is { } place)
                {
                    _drives.Add((option, drive, place));
                }
            });
        }
    }

    /// <summary>Adds a device that the board has of its own.</summary>
    public Task AddBoardDeviceAsync(string type)
    {
        var device = new QDict();
        device.Put("driver", new QString(type));
        return AddBoardDeviceAsync(device);
    }

    /// <summary>Adds a device that the board has of its own.</summary>
    public async Task AddBoardDeviceAsync(QDict device)
    {
        try
        {
            if (!await _host.InvokeAsync(() => _host.Services.Devices!.AddBoardPartAsync(device)))
            {
                throw new CommandLineException($"{((QString)device["driver"]).Value} is not available in this build");
            }
        }
        catch (QmpException e)
        {
            throw new CommandLineException(e.MessageWithHint);
        }
    }

    /// <summary>Adds the devices that the board has for the drives, in the order of their places.</summary>
    public Task AddBoardDrivesAsync() => AddDriveDevicesAsync(_drives.Where(static d => d.Place.IsOfBoard).OrderBy(static d => (d.Place.Bus, d.Place.Unit)));

    /// <summary>Adds the devices that drives have on the command line's behalf, which come after those that it names.</summary>
    public Task AddOtherDrivesAsync() => AddDriveDevicesAsync(_drives.Where(static d => !d.Place.IsOfBoard));

    /// <summary>Adds the USB controller of the board.</summary>
    public Task AddUsbAsync() => _host.InvokeAsync(async () => await _host.Services.Devices!.AddUsbAsync());

    /// <summary>Gives the firmware's chips the nodes that the board's properties name.</summary>
    public async Task AddFlashAsync(IReadOnlyList<(int Unit, string Node)> flash)
    {
        try
        {
            foreach ((int unit, string node) in flash)
            {
                await _host.InvokeAsync(async () => await _host.Services.Devices!.AddFlashAsync(unit, node));
            }
        }
        catch (QmpException e)
        {
            throw new CommandLineException(e.MessageWithHint);
        }
    }

    /// <summary>Puts a descriptor that the program has been started with into a set.</summary>
    public Task AddDescriptorAsync(GivenOption option)
    {
        QemuOpts opts = OptionGroups.AddFd.Read(option, _environment.Warn);
        return OnLoopAsync(option, () =>
        {
            _host.Services.Layer.Descriptors.AddInherited(Number(opts["fd"]), Number(opts["set"]), opts["opaque"]);
            return Task.CompletedTask;
        });

        static long? Number(string? text) => text is null ? null : CommandLineScalar.ReadNumber(text);
    }

    public Task AddChardevAsync(GivenOption option) => _chardevs.AddAsync(option);

    /// <summary>Tells the host what the command line says of the machine beyond how it is made.</summary>
    public Task ConfigureAsync(MachineOptions machine) => _host.Loop.InvokeAsync(() =>
    {
        _host.Apply(machine.Policy);
        machine.Actions(_host.Services.Actions);
        foreach (GlobalProperty property in machine.Globals)
        {
            if (_host.Services.Devices?.AddGlobal(property) == false)
            {
                _environment.StandardError.WriteLine($"{_environment.Name}: warning: global {property.Driver}.{property.Property} has invalid class name");
            }
        }

        machine.Log.Apply(_host.Services.Log);
        foreach ((GivenOption option, Netdev network) in machine.Networks)
        {
            try
            {
                _host.Services.Network.Add(network, _host.Services.Layer.Profile);
            }
            catch (QmpException e)
            {
                throw new CommandLineException(option, e.Message);
            }

            _networks.Add(network.Id);
        }

        return Task.CompletedTask;
    });

    /// <summary>Connects a port of the board to a character device: nothing is sent, and what comes is not read.</summary>
    /// <param name="option">The option.</param>
    /// <param name="number">The port's number among those of its kind.</param>
    /// <param name="hasDevice">Whether the board has a device for it.</param>
    public async Task AddPortAsync(GivenOption option, int number, bool hasDevice)
    {
        if (option.Value == "none")
        {
            return;
        }

        try
        {
            CharacterDevice device = await _chardevs.AddInlineAsync(option, string.Create(CultureInfo.InvariantCulture, $"{option.Name}{number}"));
            if (!hasDevice)
            {
                device.Serve(BoardPort.ServeAsync);
                return;
            }

            var port = new QDict();
            port.Put("driver", new QString($"isa-{option.Name}"));
            port.Put("chardev", new QString(device.Id));
            port.Put("index", new QString(number.ToString(CultureInfo.InvariantCulture)));
            await AddBoardDeviceAsync(port);
        }
        catch (CommandLineException e)
        {
            throw new CommandLineException(
                option, e.Reason, $"\n{_environment.Name}: {option.Text}: could not connect {option.Name} device to character backend '{option.Value}'");
        }
    }

    /// <summary>Lets a test move the clock over a character device.</summary>
    public async Task AddQtestAsync(GivenOption option)
    {
        CharacterDevice device = await AddQtestDeviceAsync(option);
        var session = new QtestSession(_host.Options.Clock as VirtualClock);
        device.Serve(connection => LineService.ServeAsync(connection, async line =>
            await _host.Loop.InvokeAsync(async () => await session.HandleLineAsync(line)) is { } answer ? answer + "\n" : string.Empty));
    }

    private async Task<CharacterDevice> AddQtestDeviceAsync(GivenOption option)
    {
        try
        {
            return await _chardevs.AddInlineAsync(option, "qtest");
        }
        catch (CommandLineException e)
        {
            // QEMU tells this without the option, and then once more.
            throw new CommandLineException($"{e.Reason}\n{_environment.Name}: Failed to initialize device for qtest: \"{option.Value}\"");
        }
    }

    /// <summary>Adds the monitor of a storage daemon's option.</summary>
    public Task AddMonitorAsync(GivenOption option)
    {
        MonitorOptions options = _keyval.Read(option, "chardev", MonitorOptions.Visit);
        return AddMonitorAsync(option, () => MonitorOption.OfStorageDaemon(options));
    }

    /// <summary>Adds the monitor of a system emulator's option.</summary>
    public Task AddSystemMonitorAsync(GivenOption option)
    {
        if (_environment.Profile.Has(Behaviour.MonIsDeprecated))
        {
            _environment.Warn(option, "'-mon' is deprecated, use '-object' with 'monitor-hmp' or 'monitor-qmp' types instead");
        }

        return AddMonitorAsync(option, () => MonitorOption.OfSystem(ReadMonitor(option)));
    }

    /// <summary>Adds the monitor of an option that describes its character device on the spot.</summary>
    public async Task AddInlineMonitorAsync(GivenOption option)
    {
        bool isControl = option.Name != "monitor";
        if (isControl || option.Value != "none")
        {
            Serve(await _chardevs.AddMonitorAsync(option), new MonitorOption("", isControl, option.Name == "qmp-pretty"));
        }
    }

    public Task StartNbdServerAsync(GivenOption option)
    {
        NbdServerOptions options = _keyval.Read(option, null, NbdServerOptions.Visit);
        return OnLoopAsync(option, () =>
        {
            _host.Services.Nbd.StartServer(options.Addr, options.TlsCreds, options.TlsAuthz, options.MaxConnections, options.HandshakeMaxSeconds);
            return Task.CompletedTask;
        });
    }

    public Task AddExportAsync(GivenOption option)
    {
        BlockExportOptions options = _keyval.Read(option, "type", BlockExportOptions.Visit);
        return OnLoopAsync(option, async () => await _host.Services.Layer.Exports.AddAsync(options));
    }

    /// <summary>Writes the process file of the option that counts, the last one; it goes when the runner is disposed.</summary>
    public void WriteProcessFile(IReadOnlyList<GivenOption> options)
    {
        if (options.LastOrDefault(option => option.Name == "pidfile") is { } option)
        {
            _processFile = _environment.WriteProcessFile(option.Value);
        }
    }

    /// <summary>Runs the host until a command or a signal ends it.</summary>
    /// <param name="arrival">Where the machine comes from, or null where it is made here or waits to be told.</param>
    /// <param name="snapshot">The snapshot that the machine begins as, or null.</param>
    /// <returns>The exit status.</returns>
    public async Task<int> RunAsync(GivenOption? arrival = null, string? snapshot = null)
    {
        await StartMachineAsync();
        if (snapshot is not null)
        {
            await LoadAsync(snapshot);
        }

        if (arrival is { Value: not "defer" } option)
        {
            await OnLoopAsync(option, () =>
            {
                _host.Services.Migration.Await(new MigrationTarget(option.Value, null), session: null);
                return Task.CompletedTask;
            });
        }

        _started.SetResult(true);
        _environment.Started();
        if (await Task.WhenAny(_environment.Terminated, _host.ShutdownRequested) == _environment.Terminated)
        {
            await TellSignalAsync();
            _host.Terminate();
            await _host.ShutdownRequested;
        }

        await DisposeAsync();
        return _host.Services.Shutdown.ExitStatus;
    }

    /// <summary>Ends the host, then the character devices; the process file goes last.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _started.TrySetResult(false);
        await _host.DisposeAsync();
        await _host.CharacterDevices.DisposeAsync();
        foreach (IAsyncDisposable extension in _extensions)
        {
            await extension.DisposeAsync();
        }

        _processFile?.Dispose();
    }

    private async Task ExtendAsync(GivenOption option)
    {
        if (_environment.Extend is not { } extend)
        {
            throw new CommandLineException(option, "not available here");
        }

        try
        {
            _extensions.Add(await extend(_host, option.Name, option.Value));
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            throw new CommandLineException(option, e.Message);
        }
    }

    private async Task StartMachineAsync()
    {
        try
        {
            await _host.StartMachineAsync();
            foreach (string network in _networks.Where(network => !_host.Services.Network.HasPeer(network)))
            {
                await _environment.StandardError.WriteLineAsync($"{_environment.Name}: warning: netdev {network} has no peer");
            }

            // Those of the board are connected to what the board has.
            foreach (NetworkCard card in (_host.Services.Devices?.Cards ?? []).Where(static card => card.Backend.Length == 0 && card.Device.Parent is { Name: "peripheral" or "peripheral-anon" }))
            {
                await _environment.StandardError.WriteLineAsync($"{_environment.Name}: warning: nic {card.Name} has no peer");
            }
        }
        catch (QmpException e)
        {
            throw new CommandLineException(e.Message);
        }
    }

    private async Task LoadAsync(string snapshot)
    {
        try
        {
            await _host.InvokeAsync(async () => await SavedMachine.LoadAsync(
                _host.Services, snapshot, text => _environment.StandardError.WriteLine($"{_environment.Name}: {text}")));
        }
        catch (QmpException e)
        {
            throw new CommandLineException(e.Message);
        }
    }

    private async Task TellSignalAsync()
    {
        // Only the system emulator says so.
        if (_host.Options.Identity.Program == QmpProgram.System)
        {
            await _environment.StandardError.WriteLineAsync($"{_environment.Name}: terminating on signal {await _environment.Terminated}");
        }
    }

    private async Task AddDriveDevicesAsync(IEnumerable<(GivenOption Option, DriveOptions Drive, DrivePlace Place)> drives)
    {
        foreach ((GivenOption option, DriveOptions drive, DrivePlace place) in drives)
        {
            await OnLoopAsync(option, () => _host.Drives.AddDeviceAsync(drive, place));
        }
    }

    private Task AddDriveAsync(GivenOption option, Func<DriveOptions> parse) => OnLoopAsync(option, async () =>
    {
        DriveOptions drive = parse();
        _drives.Add((option, drive, await _host.Drives.AddAsync(drive)));
    });

    private Task AddMonitorAsync(GivenOption option, Func<MonitorOption> read)
    {
        try
        {
            MonitorOption monitor = read();
            CharacterDevice device = _chardevs.Find(monitor.Chardev) ?? throw new CommandLineException($"chardev \"{monitor.Chardev}\" not found");
            Serve(device, monitor);
            return Task.CompletedTask;
        }
        catch (CommandLineException e)
        {
            throw new CommandLineException(option, e.Message);
        }
    }

    private QemuOpts ReadMonitor(GivenOption option)
    {
        QemuOpts opts = OptionGroups.Monitor.Read(option.Value, text => _environment.Warn(option, text));
        return opts["id"] is { } id && !_monitorIds.Add(id) ? throw new CommandLineException($"Duplicate ID '{id}' for mon") : opts;
    }

    private QDict ReadDevice(GivenOption option)
    {
        try
        {
            if (option.Value.StartsWith('{'))
            {
                return (QDict)JsonParser.Parse(option.Value);
            }

            QemuOpts opts = OptionGroups.Device.Read(option, _environment.Warn);
            return opts["id"] is { } id && !_deviceIds.Add(id)
                ? throw new CommandLineException(option, $"Duplicate ID '{id}' for device")
                : opts.ToDict();
        }
        catch (QmpException e)
        {
            throw new CommandLineException(option, e.Message);
        }
    }

    private void Serve(CharacterDevice device, MonitorOption monitor)
    {
        try
        {
            MonitorObject? shown = monitor.IsControl ? MonitorObject.Show(_host, monitor.Id, device.Id, monitor.Pretty) : null;
            device.Serve(connection => ServeAsync(connection, monitor, shown));
            device.IsFrontEndOpen = true;
        }
        catch (QmpException e)
        {
            throw new CommandLineException(e.Message);
        }
    }

    // Who connects early waits: commands see a host that has everything that its command line asks for.
    private async Task ServeAsync(CharacterConnection connection, MonitorOption monitor, MonitorObject? shown)
    {
        if (!await _started.Task)
        {
            return;
        }

        await (monitor.IsControl
            ? _host.Monitors.ServeAsync(connection, shown?.Pretty ?? monitor.Pretty, shown)
            : new ConsoleService(HumanMonitorBanner(), new LineEditor("(qemu) ", HumanMonitor.Complete), ExecuteHumanAsync).ServeAsync(connection));
    }

    private string HumanMonitorBanner()
    {
        QemuBuild build = QemuBuild.Of(_host.Options.Profile);
        return $"QEMU {build.Major}.{build.Minor}.{build.Micro} monitor - type 'help' for more information\r\n";
    }

    private Task<string?> ExecuteHumanAsync(string line, IReadOnlyList<string> history) => _host.InvokeAsync(async ValueTask<string?> () =>
    {
        string answer = _host.ShutdownRequested.IsCompleted ? string.Empty : await _humanMonitor.ExecuteAsync(line, history);
        return _host.ShutdownRequested.IsCompleted ? null : answer;
    });

    private async Task OnLoopAsync(GivenOption option, Func<Task> action)
    {
        try
        {
            _host.ReportPrefix = $"{_environment.Name}: {option.Text}: ";
            await _host.InvokeAsync(async () => await action());
        }
        catch (QmpException e)
        {
            throw new CommandLineException(option, e.MessageWithHint);
        }
        catch (CommandLineException e)
        {
            throw new CommandLineException(option, e.Message);
        }
        finally
        {
            _host.ReportPrefix = "";
        }
    }
}
