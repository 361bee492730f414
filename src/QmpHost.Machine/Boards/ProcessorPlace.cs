using System.Globalization;
using QmpHost.Qapi;

namespace QmpHost.Machine.Boards;

/// <summary>Where device_add wants a processor to be; what it does not say is null.</summary>
/// <param name="Socket">"socket-id".</param>
/// <param name="Die">"die-id".</param>
/// <param name="Core">"core-id".</param>
/// <param name="Thread">"thread-id".</param>
/// <param name="Apic">"apic-id", which says all of them.</param>
/// <param name="Node">"node-id", the memory node that the processor belongs to.</param>
internal sealed record ProcessorPlace(long? Socket, long? Die, long? Core, long? Thread, long? Apic, long? Node)
{
    /// <summary>The number of the place.</summary>
    /// <param name="topology">The places that there are.</param>
    /// <exception cref="QmpException">There is no such place, or it is not said which.</exception>
    public int Find(CpuTopology topology)
    {
        if (Apic is { } apic)
        {
            return FindApic(topology, apic);
        }

        int socket = Check("socket-id", Socket, topology.Sockets);
        int die = Check("die-id", Die ?? (topology.Dies == 1 ? 0 : null), topology.Dies);
        int core = Check("core-id", Core, topology.Cores);
        int thread = Check("thread-id", Thread, topology.Threads);
        return topology.IndexOf(socket, die, core, thread);
    }

    private static int Check(string name, long? value, int count)
    {
        long given = value ?? throw new QmpException($"CPU {name} is not set");
        return given >= 0 && given < count
            ? (int)given
            : throw new QmpException(string.Create(CultureInfo.InvariantCulture, $"Invalid CPU {name}: {given} must be in range 0:{count - 1}"));
    }

    private int FindApic(CpuTopology topology, long apic)
    {
        (long socket, long die, long core, long thread) = topology.PlaceOf((int)Math.Clamp(apic, 0, int.MaxValue));
        QmpException.ThrowIf(
            apic >= topology.MaxCpus,
            $"Invalid CPU [socket: {socket}, die: {die}, core: {core}, thread: {thread}] with APIC ID {apic}, valid index range 0:{topology.MaxCpus - 1}");
        Match("socket-id", Socket, socket, apic);
        Match("die-id", Die, die, apic);
        Match("core-id", Core, core, apic);
        Match("thread-id", Thread, thread, apic);
        return (int)apic;
    }

    private static void Match(string name, long? given, long told, long apic)
        => QmpException.ThrowIf(
            given is { } value && value != told,
            string.Create(CultureInfo.InvariantCulture, $"property {name}: {given} doesn't match set apic-id: 0x{apic:x} ({name}: {told})"));
}
