using QmpHost.Machine.Boards;
using QmpHost.Machine.Facts;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>Processors as device_add and device_del see them.</summary>
internal static class ProcessorPlug
{
    /// <summary>Whether a type is one of a processor.</summary>
    public static bool IsProcessor(string type)
        => CpuModelFacts.ModelOf(type) is var model && model != type && CpuModelFacts.Of(VersionProfile.Default).Has(model);

    /// <summary>Whether a type is the one that those of all processors extend.</summary>
    public static bool IsBase(string type) => type == "x86_64-cpu";

    /// <summary>Whether a board has sockets for processors and memory modules that can be filled while it runs.</summary>
    public static bool HasSockets(MachineBoard board) => board.Name.StartsWith("pc-", StringComparison.Ordinal);

    /// <summary>Makes a processor for a place that is empty.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="texts">What else was said of it; "driver" and "bus" are taken.</param>
    /// <param name="board">The board.</param>
    /// <param name="processors">The board's processors, or null.</param>
    /// <param name="context">The machine around it.</param>
    /// <exception cref="QmpException">There is no such place, or it does not fit.</exception>
    public static ProcessorDevice Make(
        string type, Dictionary<string, string> texts, MachineBoard board, MachineProcessors? processors, DeviceContext context)
    {
        texts.Remove("driver");
        if (texts.Remove("bus", out string? bus))
        {
            throw new QmpException($"Device '{type}' can't go on {BusPath.Find(board.MainBus, bus).Class.Name} bus");
        }

        if (processors is null || !HasSockets(board))
        {
            throw new QmpException($"Device '{type}' can not be hotplugged on this machine");
        }

        QmpException.ThrowIf(type != processors.TypeName, $"Invalid CPU type, expected cpu type: '{processors.TypeName}'");
        return processors.Make(ReadPlace(type, texts, processors), context);
    }

    /// <summary>Why a processor cannot leave.</summary>
    /// <param name="processor">The processor.</param>
    /// <param name="type">Its type.</param>
    public static QmpException Refuse(IProcessor processor, string type) => new(processor.Index == 0
        ? "Boot CPU is unpluggable"
        : $"acpi: device unplug request for not supported device type: {type}");

    private static ProcessorPlace ReadPlace(string type, Dictionary<string, string> texts, MachineProcessors processors)
    {
        foreach (string name in texts.Keys.OrderBy(static name => WireOrder.BucketOf(name)))
        {
            QmpException.ThrowIf(!processors.HasProperty(name) && name != "node-id", $"Property '{type}.{name}' not found");
        }

        return new ProcessorPlace(Read("socket-id"), Read("die-id"), Read("core-id"), Read("thread-id"), Read("apic-id"), Read("node-id"));

        long? Read(string name) => texts.TryGetValue(name, out string? text) ? new KeyvalValueReader(name, text).ReadInt64() : null;
    }
}
