using QmpHost.Block.Core;
using QmpHost.Block.Tests.Drivers.Qcow2.PowerLoss;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>A file in memory that can keep a log of what was done to it.</summary>
internal sealed class MemoryDisk
{
    private byte[] _bytes = [];

    public MemoryDisk(byte[]? contents = null)
    {
        _bytes = contents ?? [];
        Length = _bytes.Length;
    }

    public long Length { get; private set; }

    /// <summary>How long it may become.</summary>
    public long MaxLength { get; set; } = 1 << 30;

    /// <summary>What was done so far, if it is recorded.</summary>
    public List<DiskOperation>? Log { get; set; }

    /// <summary>Where each operation is noted with its begin and its end, or null.</summary>
    public PowerJournal? Journal { get; set; }

    /// <summary>The debug events that were raised so far, if they are recorded.</summary>
    public List<string>? Events { get; set; }

    /// <summary>Before each operation; may delay or fail it.</summary>
    public Func<bool, ValueTask>? Interfere { get; set; }

    /// <summary>What discarded areas read as. Garbage finds those who rely on zeroes.</summary>
    public byte DiscardFill { get; set; } = 0xdd;

    public byte[] ToArray() => _bytes.AsSpan(0, (int)Length).ToArray();

    public void Read(long offset, Span<byte> buffer)
    {
        buffer.Clear();
        if (offset < Length)
        {
            int count = (int)Math.Min(buffer.Length, Length - offset);
            _bytes.AsSpan((int)offset, count).CopyTo(buffer);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        Grow(offset + data.Length);
        Log?.Add(new DiskOperation(offset, data.ToArray()));
        data.CopyTo(_bytes.AsSpan((int)offset));
    }

    public void Resize(long length)
    {
        Log?.Add(DiskOperation.Resize(length));
        if (length < Length)
        {
            _bytes.AsSpan((int)length, (int)(Length - length)).Clear();
            Length = length;
        }

        Grow(length);
    }

    public void Apply(DiskOperation operation)
    {
        if (operation.Data is { } data)
        {
            Write(operation.Offset, data);
        }
        else if (operation.NewLength >= 0)
        {
            Resize(operation.NewLength);
        }
    }

    private void Grow(long length)
    {
        if (length > MaxLength)
        {
            throw new BlockIOException(Errno.ENOSPC);
        }

        if (length > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Max(length, _bytes.Length * 2L));
        }

        Length = Math.Max(Length, length);
    }
}
