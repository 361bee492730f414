namespace QmpHost.Block.Drivers.Luks;

/// <summary>Where a LUKS header lies: in the first bytes of a volume, or within an image.</summary>
internal interface ILuksArea
{
    /// <summary>Reads; behind the end there are zeroes.</summary>
    /// <param name="offset">Start in bytes, from that of the header.</param>
    /// <param name="buffer">Filled completely.</param>
    /// <exception cref="Qapi.QmpException">In QEMU's words.</exception>
    ValueTask ReadAsync(long offset, Memory<byte> buffer);

    /// <summary>Writes.</summary>
    /// <param name="offset">Start in bytes, from that of the header.</param>
    /// <param name="buffer">What to write.</param>
    /// <exception cref="Qapi.QmpException">In QEMU's words.</exception>
    ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer);

    /// <summary>Makes what was written stable.</summary>
    ValueTask FlushAsync();
}
