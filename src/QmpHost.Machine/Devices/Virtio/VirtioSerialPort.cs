using QmpHost.Machine.Devices.Types;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>A port or console of a virtio serial controller.</summary>
internal sealed class VirtioSerialPort : TableDevice
{
    private const long Automatic = uint.MaxValue;
    private const long MostPorts = 31;

    internal VirtioSerialPort(DeviceType type, DeviceContext context)
        : base(type, context)
    {
    }

    private bool IsConsole => Type.Name == "virtconsole";

    // The guest opens a port; a console is open from the start.
    private protected override bool IsOpenForPeers => IsConsole;

    private protected override async ValueTask RealizeFunctionAsync()
    {
        await base.RealizeFunctionAsync();
        long number = Number("nr");
        if (number == Automatic)
        {
            number = FirstFree();
        }
        else if (Find(number) is not null)
        {
            throw new QmpException($"virtio-serial-bus: A port already exists at id {number}");
        }
        else if (number == 0 && !IsConsole)
        {
            throw new QmpException("virtio-serial-bus: Port number 0 on virtio-serial devices reserved for virtconsole devices for backward compatibility.");
        }

        if (number >= MostPorts)
        {
            throw new QmpException($"virtio-serial-bus: Out-of-range port id specified, max. allowed: {MostPorts - 1}");
        }

        Store("nr", number);
    }

    private long FirstFree()
    {
        long free = IsConsole ? 0 : 1;
        while (Find(free) is not null)
        {
            free++;
        }

        return free;
    }

    private DeviceObject? Find(long number)
        => ParentBus!.NewestFirst.FirstOrDefault(other => other != this && other.IsRealized && other.Number("nr") == number);
}
