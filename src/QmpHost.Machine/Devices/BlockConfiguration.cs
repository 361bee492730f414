using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>What disks of all kinds check and work out of their block properties when they are realized.</summary>
internal static class BlockConfiguration
{
    private const long DefaultBlock = 512;
    private const long DefaultHeads = 16;
    private const long DefaultSectors = 63;
    private const long MaxCylinders = 16383;
    private const long MinCylinders = 2;
    private const long Automatic = uint.MaxValue;
    private const long MaxMinimumBlocks = ushort.MaxValue;

    /// <summary>Fills in automatic block sizes and checks that sizes fit together.</summary>
    /// <exception cref="QmpException">They do not.</exception>
    internal static void ApplyBlockSizes(DeviceObject device)
    {
        long logical = Default(device, "logical_block_size", DefaultBlock);
        long physical = Default(device, "physical_block_size", DefaultBlock);
        if (logical > physical)
        {
            throw new QmpException("logical_block_size > physical_block_size not supported");
        }

        CheckMultiple(device, "min_io_size", logical);
        if (device.Number("min_io_size") / logical > MaxMinimumBlocks)
        {
            throw new QmpException($"min_io_size must not exceed {MaxMinimumBlocks} logical blocks");
        }

        CheckMultiple(device, "opt_io_size", logical);
        long discard = device.Number("discard_granularity");
        if (discard != Automatic && discard != 0 && discard % logical != 0)
        {
            throw new QmpException("discard_granularity must be a multiple of logical_block_size");
        }
    }

    /// <summary>Takes the drive for the device, and lets the device's own wishes about caches and errors count.</summary>
    /// <param name="device">The device.</param>
    /// <param name="drive">Its drive.</param>
    /// <param name="writes">Whether the device writes.</param>
    /// <param name="shareResize">Whether others may change the length.</param>
    /// <exception cref="QmpException">Somebody else uses the drive in a way that does not fit.</exception>
    internal static void ApplyBackendOptions(DeviceObject device, IDrive drive, bool writes, bool shareResize)
    {
        drive.Claim(writes, device.Flag("share-rw"), shareResize);
        drive.Configure(Switch(device, "write-cache"), device.Text("werror"), device.Text("rerror"));
        drive.Account(invalid: Switch(device, "account-invalid"), failed: Switch(device, "account-failed"));
    }

    private static bool? Switch(DeviceObject device, string name) => device.FindProperty(name) is null ? null : device.Text(name) switch
    {
        "on" => true,
        "off" => false,
        _ => null,
    };

    /// <summary>Fills in the geometry that a disk of that length appears to have, or checks the one that was given.</summary>
    /// <param name="device">The device.</param>
    /// <param name="length">The disk's length in bytes.</param>
    /// <param name="maxHeads">The most heads that the device can tell of.</param>
    /// <exception cref="QmpException">What was given is none.</exception>
    internal static void ApplyGeometry(DeviceObject device, long length, long maxHeads = byte.MaxValue)
    {
        if (device.Number("cyls") != 0 || device.Number("heads") != 0 || device.Number("secs") != 0)
        {
            CheckRange(device, "cyls", ushort.MaxValue);
            CheckRange(device, "heads", maxHeads);
            CheckRange(device, "secs", byte.MaxValue);
            return;
        }

        long cylinders = length / DefaultBlock / (DefaultHeads * DefaultSectors);
        device.Store("cyls", Math.Clamp(cylinders, MinCylinders, MaxCylinders));
        device.Store("heads", DefaultHeads);
        device.Store("secs", DefaultSectors);
    }

    private static void CheckRange(DeviceObject device, string name, long max)
    {
        if (device.Number(name) < 1 || device.Number(name) > max)
        {
            throw new QmpException($"{name} must be between 1 and {max}");
        }
    }

    private static long Default(DeviceObject device, string name, long value)
    {
        if (device.Number(name) == 0)
        {
            device.Store(name, value);
        }

        return device.Number(name);
    }

    private static void CheckMultiple(DeviceObject device, string name, long unit)
    {
        if (device.Number(name) % unit != 0)
        {
            throw new QmpException($"{name} must be a multiple of logical_block_size");
        }
    }
}
