using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Chardevs;

/// <summary>A QMP monitor in the tree of objects. Used on the host's event loop only.</summary>
internal sealed class MonitorObject : UserObject
{
    private static readonly string[] CloseActions = ["none", "delete"];

    private readonly BlockHost _host;
    private string? _chardev;
    private string _closeAction = CloseActions[0];
    private CharacterDevice? _device;

    /// <summary>Makes a monitor that speaks to nobody yet.</summary>
    /// <param name="tree">The host's tree.</param>
    /// <param name="host">The host.</param>
    public MonitorObject(QomTree tree, BlockHost host)
        : base(QomClass, tree) => _host = host;

    /// <summary>The class "monitor-qmp".</summary>
    public static QomClass QomClass { get; } = new("monitor-qmp", new QomClass("monitor", QomClass.Object, isAbstract: true),
    [
        QomProperties.Text("chardev", static o => ((MonitorObject)o)._chardev, static (o, v) => ((MonitorObject)o)._chardev = v),
        QomProperties.Flag("pretty", static o => ((MonitorObject)o).Pretty, static (o, v) => ((MonitorObject)o).Pretty = v),
        new()
        {
            Name = "close-action",
            Type = "MonitorQMPCloseAction",
            Get = static o => new QString(((MonitorObject)o)._closeAction),
            Set = static (o, reader) =>
            {
                ((MonitorObject)o)._closeAction = reader.ReadEnum(CloseActions);
                return default;
            },
        },
    ]);

    /// <summary>Whether messages to the next peer are spread over several lines.</summary>
    public bool Pretty { get; private set; }

    /// <summary>Shows a monitor that a command line has asked for and serves itself.</summary>
    /// <param name="host">The host.</param>
    /// <param name="name">The monitor's name, or null for one that is made up.</param>
    /// <param name="chardev">The character device's id.</param>
    /// <param name="pretty">Whether messages are spread over several lines.</param>
    /// <returns>The object; null where monitors are no objects.</returns>
    public static MonitorObject? Show(BlockHost host, string? name, string chardev, bool pretty)
    {
        QomTree tree = host.Services.Tree;
        if (!tree.Profile.Has(Behaviour.MonitorsAreObjects))
        {
            return null;
        }

        var made = new MonitorObject(tree, host) { _chardev = chardev, Pretty = pretty };
        int number = 0;
        while (name is null && tree.Objects.Follow($"compat_monitor{number}") is not null)
        {
            number++;
        }

        tree.Objects.AddChild(name ?? $"compat_monitor{number}", made);
        return made;
    }

    /// <inheritdoc/>
    protected override void Complete()
    {
        CharacterDevice device = _host.CharacterDevices.Find(_chardev!) ?? throw new QmpException($"chardev \"{_chardev}\" not found");
        if (device.IsUsed)
        {
            throw new QmpException($"chardev '{_chardev}' is already in use");
        }

        _device = device;
        device.Serve(ServeAsync);
        device.IsFrontEndOpen = true;
    }

    /// <inheritdoc/>
    protected override void Finish()
    {
        if (_device is { } device)
        {
            device.IsFrontEndOpen = false;
            device.Release();
            _ = device.DropPeerAsync().AsTask();
        }
    }

    private async Task ServeAsync(CharacterConnection connection)
    {
        await _host.Monitors.ServeAsync(connection, Pretty, this);
        if (_closeAction == CloseActions[1])
        {
            await _host.InvokeAsync(() =>
            {
                if (Parent is not null)
                {
                    _host.Services.Objects.Delete(Name!);
                }

                return default;
            });
        }
    }
}
