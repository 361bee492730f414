using System.Buffers.Binary;
using System.Text;
using QmpHost.Nbd.Protocol;
using QmpHost.Net.Transports;

namespace QmpHost.Nbd.Server;

/// <summary>Reads the data of one option, piece by piece, so that a long option costs no memory.</summary>
/// <param name="receiver">Where the data comes from.</param>
/// <param name="option">The option.</param>
/// <param name="length">Length of the data in bytes.</param>
internal sealed class NbdOptionReader(TransportReader receiver, NbdOption option, uint length)
{
    private readonly byte[] _scratch = new byte[4];

    /// <summary>The option.</summary>
    public NbdOption Option { get; } = option;

    /// <summary>Bytes of data that have not been read.</summary>
    public uint Remaining { get; private set; } = length;

    /// <summary>The option's name in messages.</summary>
    public string Name => NbdNames.Describe(Option);

    /// <summary>Reads a 16-bit number.</summary>
    /// <returns>The number.</returns>
    public async ValueTask<ushort> ReadUInt16Async()
    {
        await ReadAsync(_scratch.AsMemory(0, 2));
        return BinaryPrimitives.ReadUInt16BigEndian(_scratch);
    }

    /// <summary>Reads a 32-bit number.</summary>
    /// <returns>The number.</returns>
    public async ValueTask<uint> ReadUInt32Async()
    {
        await ReadAsync(_scratch);
        return BinaryPrimitives.ReadUInt32BigEndian(_scratch);
    }

    /// <summary>Reads an export name with its length in front.</summary>
    /// <returns>The name's bytes.</returns>
    public async ValueTask<byte[]> ReadNameAsync()
    {
        uint length = await ReadUInt32Async();
        if (length > NbdConstants.MaxStringSize)
        {
            throw Invalid($"Invalid name length: {length}");
        }

        return await ReadStringAsync(length);
    }

    /// <summary>Reads a query with its length in front; one that is too long to name anything is skipped.</summary>
    /// <returns>The query, or null if it was skipped.</returns>
    public async ValueTask<string?> ReadQueryAsync()
    {
        uint length = await ReadUInt32Async();
        if (length <= NbdConstants.MaxStringSize)
        {
            return Encoding.UTF8.GetString(await ReadStringAsync(length));
        }

        CheckRemaining(length);
        await SkipAsync(length);
        return null;
    }

    /// <summary>Fails unless all data was read.</summary>
    public void CheckEnd()
    {
        if (Remaining != 0)
        {
            throw Invalid($"option '{Name}' has unexpected length");
        }
    }

    /// <summary>Reads and forgets the rest of the data.</summary>
    /// <returns>A task that ends when it has been read.</returns>
    public ValueTask SkipRemainingAsync() => SkipAsync(Remaining);

    /// <summary>Makes a refusal of type <see cref="NbdOptionReply.ErrorInvalid"/>.</summary>
    /// <param name="text">Its text.</param>
    /// <returns>The exception.</returns>
    public static NbdOptionException Invalid(string text) => new(NbdOptionReply.ErrorInvalid, Encoding.UTF8.GetBytes(text));

    private async ValueTask<byte[]> ReadStringAsync(uint length)
    {
        CheckRemaining(length);
        byte[] text = new byte[length];
        await ReadAsync(text);
        if (text.AsSpan().Contains((byte)0))
        {
            throw Invalid($"Unexpected embedded NUL in option {Name}");
        }

        return text;
    }

    private async ValueTask ReadAsync(Memory<byte> destination)
    {
        CheckRemaining((uint)destination.Length);
        Remaining -= (uint)destination.Length;
        if (!await receiver.ReadAsync(destination))
        {
            throw new NbdNegotiationException("Unexpected end-of-file before all data were read");
        }
    }

    private async ValueTask SkipAsync(uint count)
    {
        Remaining -= count;
        if (!await receiver.SkipAsync(count))
        {
            throw new NbdNegotiationException("Unexpected end-of-file before all data were read");
        }
    }

    private void CheckRemaining(uint count)
    {
        if (count > Remaining)
        {
            throw Invalid($"Inconsistent lengths in option {Name}");
        }
    }
}
