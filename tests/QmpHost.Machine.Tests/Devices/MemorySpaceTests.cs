using NUnit.Framework;
using QmpHost.Machine.Boards;
using QmpHost.Machine.Devices;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Tests.Devices;

/// <summary>Where memory devices come to lie: in the space that is theirs, never over each other.</summary>
public sealed class MemorySpaceTests
{
    private const long MiB = 1L << 20, GiB = 1L << 30;

    private static readonly MachineConfiguration Machine = new() { MemorySize = 64 * (ulong)MiB, MaxMemorySize = 2 * (ulong)GiB, MemorySlots = 8 };

    [Test]
    public void Devices_that_come_and_go_never_lie_over_each_other()
    {
        var random = new Random(1);
        var space = new MemorySpace(Machine, "pc-i440fx-7.2");
        for (int step = 0; step < 2000; step++)
        {
            if (space.Devices.Count > 0 && random.Next(3) == 0)
            {
                var gone = (Module)space.Devices[random.Next(space.Devices.Count)];
                space.Remove(gone, gone.Slot);
            }
            else
            {
                TryAdd(space, random);
            }

            Check(space);
        }
    }

    [TestCase("pc-i440fx-7.2", 3, 4)]
    [TestCase("pc-q35-7.2", 3, 5)]
    [TestCase("pc-i440fx-7.2", 5, 6)]
    public void The_space_begins_behind_the_memory_above_what_devices_take_below(string board, int memory, int first)
    {
        var space = new MemorySpace(Machine with { MemorySize = (ulong)(memory * GiB), MaxMemorySize = 16 * (ulong)GiB }, board);
        Assert.That(space.FindAddress(0, 2 * MiB), Is.EqualTo(first * GiB));
    }

    [Test]
    public void Without_sockets_none_is_found()
    {
        var space = new MemorySpace(Machine with { MemorySlots = 0 }, "pc-i440fx-7.2");
        Assert.That(() => space.FindSlot(-1), Throws.TypeOf<QmpException>().With.Message.StartsWith("no slots where allocated"));
    }

    private static void TryAdd(MemorySpace space, Random random)
    {
        long length = random.Next(1, 200) * 2 * MiB;
        long wanted = random.Next(2) == 0 ? 0 : (4 * GiB) + (random.Next(5000) * 2 * MiB);
        try
        {
            int slot = space.FindSlot(random.Next(2) == 0 ? -1 : random.Next(8));
            space.Add(new Module(space.FindAddress(wanted, length), length, slot), slot);
        }
        catch (QmpException)
        {
            // No room there: nothing has changed.
        }
    }

    private static void Check(MemorySpace space)
    {
        long end = 4 * GiB;
        foreach (IMemoryDevice device in space.Devices)
        {
            Assert.That(device.Address, Is.GreaterThanOrEqualTo(end));
            Assert.That(device.Address % (2 * MiB), Is.Zero);
            end = device.Address + device.Length;
        }

        Assert.That(end, Is.LessThanOrEqualTo((4 * GiB) + (2 * GiB) - (64 * MiB) + (8 * GiB)));
        Assert.That(space.Devices.Sum(static device => device.Length), Is.LessThanOrEqualTo((2 * GiB) - (64 * MiB)));
        Assert.That(space.Devices.Cast<Module>().Select(static module => module.Slot), Is.Unique);
    }

    private sealed record Module(long Address, long Length, int Slot) : IMemoryDevice
    {
        public string? Id => null;

        public long PluggedBytes => Length;

        public MemoryDeviceInfo Describe() => throw new NotSupportedException();
    }
}
