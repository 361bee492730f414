#pragma warning disable CA1822
using QmpHost.Hosting.CommandLine;
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
    private readonly KeyvalOptions _keyval;
    private readonly CharacterDevices _chardevs;

    public ProgramRunner(ProgramEnvironment environment, BlockHostOptions options)
    {
        _environment = environment;
        _host = new BlockHost(options);
        _keyval = new KeyvalOptions(options.Profile);
        _chardevs = new CharacterDevices(environment);
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

    public Task AddChardevAsync(GivenOption option) => _chardevs.AddAsync(option);

    public Task AddQtestAsync(GivenOption option) => throw new CommandLineException("qtest soon");

    public Task AddMonitorAsync(GivenOption option, MonitorOptions monitor)
    {
        CharacterDevice device = _chardevs.Find(monitor.Chardev) ?? throw new CommandLineException($"{option.Text}: chardev \"{monitor.Chardev}\" not found");
        device.Serve(connection => _host.Monitors.ServeAsync(connection, monitor.Pretty));
        return Task.CompletedTask;
    }

    public async Task AddInlineMonitorAsync(GivenOption option, bool isControl, bool pretty)
    {
        CharacterDevice device = await _chardevs.AddInlineAsync(option);
        device.Serve(connection => _host.Monitors.ServeAsync(connection, pretty));
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
        using IDisposable? started = _environment.Started(pidfile);
        if (await Task.WhenAny(_environment.Terminated, _host.ShutdownRequested) == _environment.Terminated)
        {
            _host.Terminate();
            await _host.ShutdownRequested;
        }

        await DisposeAsync();
    }

    /// <summary>Ends the host, then the character devices.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _chardevs.DisposeAsync();
    }

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

    private async Task OnLoopAsync(GivenOption option, Func<Task> action)
    {
        try
        {
            await _host.Loop.InvokeAsync(action);
        }
        catch (QmpException e)
        {
            throw new CommandLineException($"{option.Text}: {e.Message}");
        }
    }
}
