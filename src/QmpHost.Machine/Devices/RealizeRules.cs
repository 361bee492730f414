using System.Numerics;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>What devices without a class of their own check before they work.</summary>
internal static class RealizeRules
{
    private const long MaxPorts = 511;

    private static readonly Dictionary<string, Action<TableDevice>> Rules = new(StringComparer.Ordinal)
    {
        ["pci-bridge"] = static device => QmpException.ThrowIf(
            device.Number("chassis_nr") == 0,
            "Bridge chassis not specified. Each bridge is required to be assigned a unique chassis id > 0."),
        ["virtio-serial-device"] = static device =>
        {
            QmpException.ThrowIf(device.Number("max_ports") == 0, "Maximum number of serial ports not specified");
            QmpException.ThrowIf(device.Number("max_ports") > MaxPorts, $"maximum ports supported: {MaxPorts}");
        },
        ["virtio-rng-device"] = static device =>
        {
            QmpException.ThrowIf(device.Number("period") == 0, "'period' parameter expects a positive integer");
            QmpException.ThrowIf(IsLargerThanSigned(device.Value("max-bytes")), "'max-bytes' parameter must be non-negative, and less than 2^63");
        },
        ["virtio-net-device"] = CheckCard,
        ["virtio-balloon-device"] = TakeBalloon,
    };

    /// <summary>Checks a device.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="QmpException">It cannot work.</exception>
    internal static void Check(TableDevice device) => Rules.GetValueOrDefault(device.Type.Name)?.Invoke(device);

    private static bool IsLargerThanSigned(QObject value) => value is QNum number && !number.TryGetInt64(out _);

    private static void CheckCard(TableDevice device)
    {
        QmpException.ThrowIf(device.Text("duplex") is { Length: > 0 } duplex && duplex is not ("half" or "full"), "'duplex' must be 'half' or 'full'");
        CheckQueue(device, "rx_queue_size", ".");
        CheckQueue(device, "tx_queue_size", string.Empty);

        // Without a peer that could take more, the queue is as long as it always was.
        const long smallest = 256;
        device.Store("tx_queue_size", smallest);
    }

    private static void CheckQueue(TableDevice device, string name, string end)
    {
        const long smallest = 256, largest = 1024;
        long size = device.Number(name);
        QmpException.ThrowIf(
            size < smallest || size > largest || !BitOperations.IsPow2(size),
            $"Invalid {name} (= {size}), must be a power of 2 between {smallest} and {largest}{end}");
    }

    private static void TakeBalloon(TableDevice device)
    {
        QmpException.ThrowIf(device.Flag("free-page-hint") && device.LinkTarget("iothread") is null, "'free-page-hint' requires 'iothread' to be set");
        QmpException.ThrowIf(device.Context.Balloon is not null, "Only one balloon device is supported");
        device.Context.Balloon = device;
    }
}
