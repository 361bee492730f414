using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>What a write writes: bytes in memory, or a range of another node that the system copies.</summary>
internal readonly struct WrittenData
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly CopyRangeSource? _source;

    private WrittenData(ReadOnlyMemory<byte> bytes, CopyRangeSource? source, int length)
    {
        _bytes = bytes;
        _source = source;
        Length = length;
    }

    /// <summary>Length in bytes.</summary>
    public int Length { get; }

    /// <summary>Whether nothing is to be written.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>The bytes, if they are in memory.</summary>
    public ReadOnlyMemory<byte>? InMemory => _source is null ? _bytes : default(ReadOnlyMemory<byte>?);

    public static implicit operator WrittenData(ReadOnlyMemory<byte> bytes) => new(bytes, null, bytes.Length);

    public static implicit operator WrittenData(byte[] bytes) => new(bytes, null, bytes.Length);

    /// <summary>The data of a range of another node.</summary>
    public static WrittenData From(CopyRangeSource source, int length) => new(default, source, length);

    /// <summary>The first bytes.</summary>
    public WrittenData Start(int length) => _source is null ? _bytes[..length] : new WrittenData(default, _source, length);

    /// <summary>What follows the first bytes.</summary>
    public WrittenData Skip(int length) => _source is not { } source ? _bytes[length..]
        : new WrittenData(default, source with { Offset = source.Offset + length }, Length - length);

    /// <summary>Writes the data. Only what is in memory raises the event of a write: a range may not be taken on at all.</summary>
    /// <param name="file">Where events are raised.</param>
    /// <param name="dataFile">Where the data goes.</param>
    /// <param name="hostOffset">Start in the data file, in bytes.</param>
    public ValueTask WriteAsync(BlockChild file, BlockChild dataFile, long hostOffset)
        => _source is { } source ? dataFile.CopyRangeToAsync(source, hostOffset, Length) : WriteBytesAsync(file, dataFile, hostOffset, _bytes);

    private static async ValueTask WriteBytesAsync(BlockChild file, BlockChild dataFile, long hostOffset, ReadOnlyMemory<byte> bytes)
    {
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.WriteAio);
        await dataFile.WriteAsync(hostOffset, bytes);
    }
}
