using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Migration;

/// <summary>What travels with a machine: it has no memory contents and no processor state here.</summary>
internal sealed record MachineState
{
    /// <summary>The full name of the board.</summary>
    public required string Machine { get; init; }

    /// <summary>The size of the memory in bytes.</summary>
    public required ulong MemorySize { get; init; }

    /// <summary>The machine's UUID, where the sender has been told to send it.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>What the machine did before.</summary>
    public required RunState RunState { get; init; }

    /// <summary>Whether the receiver tells the sender how it ended.</summary>
    public bool WantsAnswer { get; init; }

    /// <summary>The dirty bitmaps.</summary>
    public IReadOnlyList<TravellingBitmap> Bitmaps { get; init; } = [];
}

/// <summary>A dirty bitmap on its way.</summary>
/// <param name="NodeAlias">The node's name on the way.</param>
/// <param name="Alias">The bitmap's name on the way.</param>
/// <param name="IsEnabled">Whether it records.</param>
/// <param name="IsPersistent">Whether it is to be stored in the image.</param>
/// <param name="Granularity">Bytes of a bit.</param>
/// <param name="Size">Size of the disk in bytes.</param>
/// <param name="Data">Its contents.</param>
internal sealed record TravellingBitmap(string NodeAlias, string Alias, bool IsEnabled, bool IsPersistent, int Granularity, long Size, byte[] Data);
