using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>Where a machine has its ports: the addresses and interrupts of the first, the second, and so on.</summary>
internal static class PortPlaces
{
    private static readonly (long Address, long Interrupt)[] Serial = [(0x3f8, 4), (0x2f8, 3), (0x3e8, 4), (0x2e8, 3)];
    private static readonly (long Address, long Interrupt)[] Parallel = [(0x378, 7), (0x278, 7), (0x3bc, 7)];

    /// <summary>Shows the place of a port that works.</summary>
    /// <param name="device">The port; other devices pass.</param>
    public static void Show(DeviceObject device)
    {
        (long Address, long Interrupt)[] places = device.Class.Name switch
        {
            "isa-serial" => Serial,
            "isa-parallel" => Parallel,
            _ => [],
        };
        long index = places.Length > 0 ? device.Number("index") : 0;
        if (index >= 0 && index < places.Length)
        {
            device.Store("iobase", new QNum(places[index].Address));
            device.Store("irq", new QNum(places[index].Interrupt));
        }
    }
}
