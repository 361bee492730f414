using QmpHost.Machine.Devices;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>What encrypts for a guest's device. No guest asks it to.</summary>
public sealed class CryptoDeviceObject : StoredObject
{
    private const long HighestRate = 1_000_000_000_000_000;

    private readonly Func<ICharacterFrontEnds?> _frontEnds;
    private IDisposable? _attached;

    /// <summary>Makes an object.</summary>
    /// <param name="qomClass">One of the classes.</param>
    /// <param name="tree">The tree that it will be in.</param>
    /// <param name="frontEnds">The character devices.</param>
    public CryptoDeviceObject(QomClass qomClass, QomTree tree, Func<ICharacterFrontEnds?> frontEnds)
        : base(qomClass, tree) => _frontEnds = frontEnds;

    /// <summary>The classes: that of all, which objects can be made of too; a program's own; another process.</summary>
    public static IReadOnlyList<QomClass> Classes { get; } = MakeClasses();

    /// <inheritdoc/>
    protected internal override void Complete()
    {
        QmpException.ThrowIf(
            Number("throttle-bps") is < 0 or > HighestRate || Number("throttle-ops") is < 0 or > HighestRate,
            $"bps/iops/max values must be within [0, {HighestRate}]");
        QmpException.ThrowIf(Class.Name == "cryptodev-backend-builtin" && Number("queues") != 1, "Only support one queue in cryptdov-builtin backend");
        if (Class.Name == "cryptodev-vhost-user")
        {
            _attached = _frontEnds().Attach(Text("chardev"));
        }

        base.Complete();
    }

    /// <inheritdoc/>
    protected internal override void Finish() => _attached?.Dispose();

    private static QomClass[] MakeClasses()
    {
        const string name = "cryptodev-backend";
        var all = new QomClass(name, QomClass.Object,
        [
            StoredProperty.Whole("throttle-ops", 0, ulong.MaxValue, "uint64", Behaviour.CryptoDevicesAreMeasured),
            StoredProperty.Positive("queues", name, 1),
            StoredProperty.Whole("throttle-bps", 0, ulong.MaxValue, "uint64", Behaviour.CryptoDevicesAreMeasured),
        ]);
        return [all, new($"{name}-builtin", all), new("cryptodev-vhost-user", all, [StoredProperty.Text("chardev", string.Empty)])];
    }
}
