using System.Net.Sockets;
using System.Runtime.InteropServices;
using QmpHost.Block.Core;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;

namespace QmpHost.Machine.Objects;

/// <summary>Something of the computer that a guest would use: it must be there, and nothing is done with it.</summary>
public sealed class ComputerDeviceObject : StoredObject
{
    private readonly Func<ICharacterFrontEnds?> _frontEnds;
    private IDisposable? _attached;

    /// <summary>Makes an object.</summary>
    /// <param name="qomClass">One of the classes.</param>
    /// <param name="tree">The tree that it will be in.</param>
    /// <param name="frontEnds">The character devices.</param>
    public ComputerDeviceObject(QomClass qomClass, QomTree tree, Func<ICharacterFrontEnds?> frontEnds)
        : base(qomClass, tree) => _frontEnds = frontEnds;

    /// <summary>The class of CAN buses.</summary>
    public static QomClass CanBus { get; } = new("can-host-socketcan", QomClass.Object,
    [
        StoredProperty.Text("if", string.Empty),
        QomProperties.Link("canbus", "can-bus", static o => ((ComputerDeviceObject)o).Bus, static (o, reader) =>
        {
            ((ComputerDeviceObject)o).SetBus(reader.ReadString());
            return default;
        }),
    ]);

    /// <summary>The class of input devices.</summary>
    public static QomClass Input { get; } = new("input-linux", QomClass.Object,
    [
        StoredProperty.Text("evdev", string.Empty),
        StoredProperty.Bool("grab_all", false),
        StoredProperty.Bool("repeat", false),
        StoredProperty.Words(
            "grab-toggle", "GrabToggleKeys", "ctrl-ctrl", ["ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"], null),
    ]);

    /// <summary>The class of a daemon that gives random numbers.</summary>
    public static QomClass RandomDaemon { get; } = new("rng-egd", RandomObject.Base, [StoredProperty.Text("chardev", string.Empty)]);

    private CanBusObject? Bus { get; set; }

    /// <inheritdoc/>
    protected internal override void Complete()
    {
        switch (Class.Name)
        {
            case "can-host-socketcan":
                QmpException.ThrowIf(Bus is null, "'canbus' property not set");
                OpenCanSocket();
                break;
            case "input-linux":
                OpenInput(Text("evdev"));
                break;
            default:
                _attached = _frontEnds().Attach(Text("chardev"));
                break;
        }

        base.Complete();
    }

    /// <inheritdoc/>
    protected internal override void Finish() => _attached?.Dispose();

    private void SetBus(string path)
        => Bus = path.Length == 0 ? null : Tree.Resolve<CanBusObject>(path) ?? throw new QmpException(QmpErrorClass.DeviceNotFound, $"Device '{path}' not found");

    private static void OpenCanSocket()
    {
        try
        {
            using var socket = new Socket(AddressFamily.ControllerAreaNetwork, SocketType.Raw, ProtocolType.IP);
        }
        catch (SocketException e)
        {
            throw new QmpException($"failed to create CAN_RAW socket: {Marshal.GetPInvokeErrorMessage(e.NativeErrorCode)}", e);
        }
    }

    // What there is to read there is nobody to take.
    private static void OpenInput(string path)
    {
        using FileStream? file = SystemFile.Open(path, FileMode.Open, FileAccess.Read, out int error);
        QmpException.ThrowIf(file is null, $"Could not open '{path}': {SystemFile.Describe(error)}");
        QmpException.ThrowIf(!path.Contains("/input/", StringComparison.Ordinal), $"{path}: is not an evdev device");
    }
}
