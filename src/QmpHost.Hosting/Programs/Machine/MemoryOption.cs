using System.Globalization;
using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>The value of -m: the size of the memory, and how far it can grow.</summary>
/// <param name="Size">The size in bytes, or null where the option says nothing of it.</param>
/// <param name="Most">The size in bytes that it may grow to, or 0.</param>
/// <param name="Slots">How many sockets there are for modules.</param>
internal sealed record MemoryOption(ulong? Size, ulong Most, int Slots)
{
    private const ulong MegaByte = 1 << 20;
    private const ulong MostSlots = 256;

    /// <summary>Reads an option.</summary>
    /// <param name="option">The option.</param>
    /// <param name="environment">The program's surroundings.</param>
    /// <exception cref="CommandLineException">The value is wrong.</exception>
    /// <returns>What it says.</returns>
    public static MemoryOption Read(GivenOption option, ProgramEnvironment environment)
    {
        QemuOpts opts = FactOptionGroups.Of(environment.Profile, "memory", "size").Read(option, environment.Warn);
        ulong? size = opts["size"] is { Length: > 0 } text ? ReadSize(option, text) : null;
        size = size == 0 ? null : size;
        ulong most = 0;
        if (opts["maxmem"] is { } limit)
        {
            most = SizeOf("maxmem", limit);
            CheckMost(most, size ?? 128 * MegaByte, opts["slots"]);
        }
        else if (opts["slots"] is not null)
        {
            throw new CommandLineException("slots specified but no max-size");
        }

        return new MemoryOption(size, most, int.TryParse(opts["slots"], NumberStyles.None, CultureInfo.InvariantCulture, out int slots) ? slots : 0);
    }

    // A number alone counts megabytes.
    internal static ulong ReadSize(GivenOption option, string text)
    {
        try
        {
            ulong size = SizeOf("size", text);
            return char.IsAsciiDigit(text[^1]) ? checked(size * MegaByte) : size;
        }
        catch (OverflowException)
        {
            throw new CommandLineException(option, "ram size too large");
        }
    }

    private static void CheckMost(ulong most, ulong size, string? slots)
    {
        if (most < size)
        {
            throw new CommandLineException(string.Create(
                CultureInfo.InvariantCulture,
                $"invalid value of maxmem: maximum memory size (0x{most:x}) must be at least the initial memory size (0x{size:x})"));
        }

        if (slots is not null && ulong.TryParse(slots, NumberStyles.None, CultureInfo.InvariantCulture, out ulong count) && count > MostSlots)
        {
            throw new CommandLineException($"unsupported amount of memory slots: {count}");
        }
    }

    private static ulong SizeOf(string name, string text)
    {
        try
        {
            return new KeyvalValueReader(name, text).ReadSize();
        }
        catch (QmpException e)
        {
            throw new CommandLineException(e.Message);
        }
    }
}
