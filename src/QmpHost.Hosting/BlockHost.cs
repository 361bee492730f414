using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using QmpHost.Block;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers;
using QmpHost.Block.Loop;
using QmpHost.Client;
using QmpHost.Commands.Hosting;
using QmpHost.Commands.Objects;
using QmpHost.Exports.Fuse;
using QmpHost.Exports.Vduse;
using QmpHost.Exports.VhostUser;
using QmpHost.Hosting.Chardevs;
using QmpHost.Hosting.Diagnostics;
using QmpHost.Hosting.Disks;
using QmpHost.Hosting.Programs;
using QmpHost.Hosting.Time;
using QmpHost.Machine.Boards;
using QmpHost.Machine.Clocks;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Facts;
using QmpHost.Machine.Network;
using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Machine.Running;
using QmpHost.Nbd.Client;
using QmpHost.Nbd.Exports;
using QmpHost.Protocol.Chardev;
using QmpHost.Protocol.Server;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting;

/// <summary>
/// A whole host: block layer, commands and monitors. It lives in the caller's process, beside as many others as fit.
/// </summary>
/// <remarks>May be used from any thread; what touches the block layer goes through <see cref="Loop"/>.</remarks>
public sealed class BlockHost : IAsyncDisposable
{
    private readonly CancellationTokenSource _shutdown = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _localSessions = [];
    private readonly Lazy<Task> _end;
    private readonly Action<CompatibilityPolicy?> _setPolicy;
    private readonly HostSettling _settling;
    private readonly IDisposable? _clockAttachment;
    private bool _isEnding;
    private volatile bool _isDisposed;

    internal BlockHost(BlockHostOptions options)
    {
        Options = options;
        Loop = new EventLoop(options.ShuffleSeed);
        ILoggerFactory loggers = options.LoggerFactory ?? NullLoggerFactory.Instance;
        var diagnostics = new HostDiagnostics(loggers.CreateLogger("QmpHost.Monitor"));
        var relay = new EventRelay(diagnostics);
        var surroundings = new HostSurroundings(options.Identity.Program == QmpProgram.System);
        var layer = new BlockLayer(new BlockContext(Loop, options.Clock, relay, options.Profile)
        {
            Surroundings = surroundings,
            Log = loggers.CreateLogger("QmpHost.Block"),
        });
        layer.Context.Reported += Pass;
        var tree = new QomTree(options.Profile);
        RootContainers.AddTo(tree, options.Profile);
        var objects = new UserObjects(tree, layer.ThrottleGroups);
        surroundings.Objects = objects;
        var network = new NetworkBackends();
        NetworkObjects.Register(objects, options.Profile, options.Identity.Program);
        if (options.Identity.Program == QmpProgram.System)
        {
            MachineObjects.Register(objects, options.Profile, network, () => CharacterDevices);
        }

        var tlsObjects = new HostTlsObjects(objects);
        layer.Graph.Drivers.Register(NbdDriver.Table(tlsObjects));
        if (options.Identity.Program == QmpProgram.System)
        {
            StandardDrivers.RegisterForMachine(layer.Graph.Drivers);
        }

        var nbd = new NbdExportKind(layer.Graph, layer.Exports, tlsObjects)
        {
            Report = text => Complain($"{ProgramPrefix}{text}"),
            Log = loggers.CreateLogger("QmpHost.Nbd"),
        };
        layer.Exports.Register(nbd);
        layer.Exports.Register(new VhostUserExportKind { Report = text => Complain($"{ProgramPrefix}{text}") });
        layer.Exports.Register(new FuseExportKind(layer.Exports) { Report = Complain });
        layer.Exports.Register(new VduseExportKind { Report = Complain });
        if (options.Profile.Has(Behaviour.MonitorsAreObjects))
        {
            objects.Register(MonitorObject.QomClass, made => new MonitorObject(made, this));
        }

        CharacterDevices = new CharacterDeviceSet(tree, MakeCharacterEnvironment(layer, objects, options));
        Services = new HostServices
        {
            CharacterDevices = CharacterDevices,
            Network = network,
            OptionTexts = new OptionTexts(this),
            Tree = tree,
            Objects = objects,
            Nbd = nbd,
            Devices = MakeDevices(tree, layer, options),
            Layer = layer,
            Identity = options.Identity,
            Machine = options.Configuration,
            Board = options.Machine,
            Processors = MakeProcessors(tree, options),
            TraceEvents = new TraceEventSet(options.Profile),
            RunState = new RunStateControl(relay, FirstState(options)) { RunsOnArrival = !options.StartPaused },
            StandardOutput = options.StandardOutput,
            StandardError = options.StandardError,
        };
        if (Services.Devices is { } devices)
        {
            devices.CharacterDevices = CharacterDevices;
            devices.Network = Services.Network;
            devices.Processors = Services.Processors;
        }

        Services.RunState.Resumed += layer.Graph.BindDevices;
        Services.Guest = options.Guest is { } guest ? new SimulatedGuest(Services, guest) : null;
        layer.Graph.AwaitsMachine = options.Configuration.WaitsForMigration;
        Drives = new LegacyDrives(Services, options.Machine, options.StandardError.WriteLine);
        Loop.UnhandledException += Report;
        var commands = new HostCommands(Services);
        _setPolicy = policy => (commands.Policy, relay.Policy) = (policy, policy);
        Monitors = new MonitorServer(new QmpServerOptions
        {
            LimitedEvents = EventLimits.Members,
            EventLoop = Loop,
            MainTurn = layer.Turns.RunAsync,
            TryRun = Loop.TryRun,
            Dispatcher = commands,
            Profile = options.Profile,
            Program = options.Identity.Program,
            TimeProvider = options.Clock,
            UnexpectedError = Report,
            Observer = diagnostics,
            IsEnding = () => IsEnding,
            ShutdownToken = _shutdown.Token,
        });
        relay.Target = Monitors;
        layer.Descriptors.MayClean = () => Services.RunState.IsRunning;
        Monitors.LastClientLeft += layer.Descriptors.LastClientLeft;
        _settling = new HostSettling(Loop, Monitors);
        Clock = new HostClock(options.Clock, ThrowIfDisposed);
        Disks = new HostDisks(this);
        _clockAttachment = (options.Clock as VirtualClock)?.Attach(async () => await Loop.InvokeAsync(_settling.SettleAsync));
        _end = new Lazy<Task>(() => Loop.InvokeAsync(EndAsync));
        HostDiagnostics.HostStarted();
    }

    /// <summary>The host's one logical thread.</summary>
    public EventLoop Loop { get; }

    /// <summary>The clock by which it lives.</summary>
    public HostClock Clock { get; }

    /// <summary>Its disks, and the guests before them.</summary>
    public HostDisks Disks { get; }

    /// <summary>How the host was started.</summary>
    public BlockHostOptions Options { get; }

    /// <summary>What the commands work on. Used on <see cref="Loop"/> only.</summary>
    public HostServices Services { get; }

    /// <summary>The drives with names. Used on <see cref="Loop"/> only.</summary>
    internal LegacyDrives Drives { get; }

    /// <summary>The character devices. Used on <see cref="Loop"/> only.</summary>
    internal CharacterDeviceSet CharacterDevices { get; }

    /// <summary>The monitors.</summary>
    public MonitorServer Monitors { get; }

    /// <summary>Ends with the cause when a command or a signal asks the host to end; the owner then disposes it.</summary>
    public Task<ShutdownCause> ShutdownRequested => Services.Shutdown.Requested;

    /// <summary>Starts a host.</summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <returns>The running host.</returns>
    public static async Task<BlockHost> StartAsync(BlockHostOptions? options = null)
    {
        var host = new BlockHost(options ?? new BlockHostOptions());
        await host.StartMachineAsync();
        return host;
    }

    /// <summary>
    /// What reports of the block layer begin with: the program and the option while a command line is dealt with, the program
    /// at the end, nothing while monitors are served.
    /// </summary>
    internal string ReportPrefix { get; set; } = "";

    /// <summary>Lets the machine start: devices that are added from now on are plugged into a running one.</summary>
    /// <returns>A task that ends when it has started.</returns>
    internal Task StartMachineAsync() => Loop.InvokeAsync(async () =>
    {
        if (Services.Devices is { } devices)
        {
            await BoardMemory.ConnectAsync(Services, Options);
            devices.IsStarted = true;
        }
    });

    /// <summary>Connects a client to a monitor of its own, within the process.</summary>
    /// <param name="options">The client's options.</param>
    /// <param name="cancellationToken">Ends the wait for the greeting.</param>
    /// <returns>The client, ready for commands unless its options say otherwise.</returns>
    /// <exception cref="ObjectDisposedException">The host was disposed.</exception>
    public Task<QmpClient> ConnectAsync(QmpClientOptions? options = null, CancellationToken cancellationToken = default)
        => QmpClient.AttachAsync(OpenMonitor(clientReads: true), options, cancellationToken);

    /// <summary>Opens a monitor and gives the client's end of its byte stream.</summary>
    /// <returns>The stream; disposing it ends the session.</returns>
    public Stream OpenMonitor() => OpenMonitor(clientReads: false);

    /// <summary>
    /// Waits until the host has settled: nothing is ready to run, no request is under way in files, nothing that the host has said is
    /// unsent, and clients that <see cref="ConnectAsync"/> gave have it in their queues. What is left waits for the clock, for a
    /// client, or for a program at the other end of a socket, which is waited for no longer than a second.
    /// </summary>
    /// <returns>A task that ends then.</returns>
    /// <exception cref="ObjectDisposedException">The host was disposed.</exception>
    public async Task SettleAsync()
    {
        ThrowIfDisposed();
        bool hasEnded = false;
        await Loop.InvokeAsync(async () => hasEnded = !await _settling.SettleAsync()).ConfigureAwait(false);
        ObjectDisposedException.ThrowIf(hasEnded, this);
    }

    /// <summary>Looks at the whole host between two commands.</summary>
    /// <returns>What there is; it does not change any more.</returns>
    /// <exception cref="ObjectDisposedException">The host was disposed.</exception>
    public Task<HostState> ObserveAsync()
    {
        ThrowIfDisposed();
        return InvokeAsync(() => HostObservation.TakeAsync(this));
    }

    internal void Apply(CompatibilityPolicy? policy) => _setPolicy(policy);

    /// <summary>Cancelled when the host begins to end, before anything of it is closed.</summary>
    internal CancellationToken Ending => _ending.Token;

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    /// <summary>Announces a signal as the cause of the end and asks for the end.</summary>
    public void Terminate() => _ = InvokeAsync(() =>
    {
        if (Services.Shutdown.TryRequest(ShutdownCause.HostSignal))
        {
            Services.AnnounceShutdown(ShutdownCause.HostSignal);
        }

        return ValueTask.CompletedTask;
    });

    /// <summary>Cancels the jobs, ends the sessions, flushes and closes every image.</summary>
    /// <returns>A task that ends when nothing of the host is left.</returns>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _end.Value;
        Disks.DeleteTemporaryFiles();
        Task[] sessions;
        lock (_localSessions)
        {
            sessions = [.. _localSessions];
        }

        await Task.WhenAll(sessions);
        Services.Processors.Threads?.Dispose();
        Services.Network.Dispose();
        _shutdown.Dispose();
    }

    private Stream OpenMonitor(bool clientReads)
    {
        ThrowIfDisposed();
        var monitor = new LocalMonitor(clientReads);
        _settling.Add(monitor);
        lock (_localSessions)
        {
            _localSessions.RemoveAll(session => session.IsCompleted);
            _localSessions.Add(ServeAsync(new StreamConnection(monitor.Server, LocalMonitor.Reading)));
        }

        return monitor.Client;
    }

    private async Task ServeAsync(StreamConnection connection)
    {
        await using (connection)
        {
            await Monitors.ServeAsync(connection);
        }
    }

    private static RunState FirstState(BlockHostOptions options)
        => options.Configuration.WaitsForMigration ? RunState.Inmigrate : options.StartPaused ? RunState.Prelaunch : RunState.Running;

    private static MachineDevices? MakeDevices(QomTree tree, BlockLayer layer, BlockHostOptions options)
    {
        if (options.Identity.Program != QmpProgram.System)
        {
            return null;
        }

        MachineBoard board = MachineBoard.TryMake(options.Machine, options.Profile) ?? throw new ArgumentException(
            $"There is no machine '{options.Machine}': there are {string.Join(", ", MachineFacts.Of(options.Profile).Machines.Select(static machine => machine.Name).Order(StringComparer.Ordinal))}",
            nameof(options));
        var devices = new MachineDevices(tree, board, new GraphDriveProvider(layer.Graph), layer.Events, layer.Loop);
        devices.Configure(options.Configuration, options.Clock);
        return devices;
    }

    private CharacterDeviceEnvironment MakeCharacterEnvironment(BlockLayer layer, UserObjects objects, BlockHostOptions options) => new()
    {
        OpenStandardInput = options.OpenStandardInput,
        OpenStandardOutput = options.OpenStandardOutput,
        Inform = options.Inform,
        Complain = text => Complain($"{ProgramPrefix}{text}"),
        TimeProvider = options.Clock is VirtualClock ? TimeProvider.System : options.Clock,
        Program = options.Identity.Program,
        HasHub = options.Profile.Has(Behaviour.CharacterDeviceHubs),
        ListsKindsAnew = options.Profile.Has(Behaviour.CharacterDevicesInNewOrder),
        NamesReconnectMilliseconds = options.Profile.Has(Behaviour.ReconnectIsInMilliseconds),
        NamesUnixPeers = options.Profile.Has(Behaviour.UnixPeersAreNamed),
        TlsObjects = new HostTlsObjects(objects),
        InvokeOnLoop = layer.Loop.InvokeAsync,
        OpenPassedFile = layer.Descriptors.Open,
        Quit = Terminate,
    };

    private static MachineProcessors MakeProcessors(QomTree tree, BlockHostOptions options)
    {
        var processors = new MachineProcessors(options.Machine, options.Configuration, options.Profile);
        if (options.Identity.Program == QmpProgram.System)
        {
            processors.Build(tree);
            processors.Threads = options.HasProcessorThreads ? new ProcessorThreads() : null;
        }

        return processors;
    }

    private async Task EndAsync()
    {
        MainTurns turns = Services.Layer.Turns;
        _isEnding = true;
        await _ending.CancelAsync();

        // The command that runs may wait for a request that a breakpoint holds.
        Services.Layer.Graph.LetBreakpointsGo();
        Services.Layer.Graph.Interceptor?.LetGo();
        Services.Layer.Jobs.LetGo();
        Monitors.Interceptor?.LetGo();
        await turns.RunAsync(Services.CloseImagesAsync);
        await _shutdown.CancelAsync();
        await Monitors.DisposeAsync();
        Services.Layer.Descriptors.Close();
        _clockAttachment?.Dispose();
        _settling.End();
        HostDiagnostics.HostEnded();
        Loop.UnhandledException -= Report;
    }

    /// <summary>
    /// Runs work on the host's loop that looks at the graph, the jobs or the devices or changes them: in turn with the commands
    /// of all monitors. May be called on any thread.
    /// </summary>
    /// <param name="work">The work.</param>
    /// <returns>A task that ends with the work, with its exception if it fails.</returns>
    public Task InvokeAsync(Func<ValueTask> work) => Loop.InvokeAsync(async () => await Services.Layer.Turns.RunAsync(work));

    /// <summary>As <see cref="InvokeAsync"/>, for work with a result.</summary>
    /// <typeparam name="T">The result's type.</typeparam>
    /// <param name="work">The work.</param>
    /// <returns>A task with the result.</returns>
    public async Task<T> InvokeAsync<T>(Func<ValueTask<T>> work)
    {
        T result = default!;
        await InvokeAsync(async () => { result = await work(); });
        return result;
    }

    private bool IsEnding => _isEnding || Services.Shutdown.Requested.IsCompleted;

    private string ProgramPrefix => Options.ProgramName.Length > 0 ? $"{Options.ProgramName}: " : "";

    // What comes while the host ends concerns no option any more.
    private string CurrentPrefix => IsEnding || (ReportPrefix.Length == 0 && Options.Profile.Has(Behaviour.ReportsNameTheProgram)) ? ProgramPrefix : ReportPrefix;

    private void Pass(Report report)
    {
        if (report.Kind == ReportKind.Output)
        {
            Options.StandardOutput.Write(report.Text);
            return;
        }

        if (report.Kind == ReportKind.Hint)
        {
            Options.StandardError.Write(report.Text);
            return;
        }

        string requestPrefix = ReportPrefix.Length > 0 ? ReportPrefix : ProgramPrefix;
        Complain(report.Kind switch
        {
            ReportKind.Warning => $"{CurrentPrefix}warning: {report.Text}",
            ReportKind.Failure => $"{CurrentPrefix}{report.Text}",
            ReportKind.RequestFailure => $"{requestPrefix}{report.Text}",
            ReportKind.RequestWarning => $"{requestPrefix}warning: {report.Text}",
            _ => report.Text,
        });
    }

    private void Complain(string text) => Options.StandardError.WriteLine(text);

    // What gets here is a defect of the host, never a client's doing: it is told, and the host goes on.
    private void Report(Exception exception)
        => Options.StandardError.WriteLine("unexpected error: " + exception.ToString().ReplaceLineEndings(" | "));
}
