using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Vhdx;

/// <summary>The two headers of an open image: one counts, the other is written next.</summary>
internal sealed class VhdxHeaders
{
    private readonly BlockChild _file;
    private bool _firstCounts;
    private bool _hasWritten;

    private VhdxHeaders(BlockChild file, VhdxHeader current, bool firstCounts)
    {
        _file = file;
        Current = current;
        _firstCounts = firstCounts;
    }

    /// <summary>The header that counts.</summary>
    public VhdxHeader Current { get; private set; }

    /// <summary>Reads both headers.</summary>
    /// <exception cref="QmpException">None is sound.</exception>
    /// <exception cref="BlockIOException">EINVAL: the one that counts has a log that cannot be.</exception>
    public static async ValueTask<VhdxHeaders> ReadAsync(BlockChild file)
    {
        byte[] first = new byte[VhdxHeader.Size];
        byte[] second = new byte[VhdxHeader.Size];
        await file.ReadAsync(VhdxHeader.FirstOffset, first);
        await file.ReadAsync(VhdxHeader.SecondOffset, second);
        VhdxHeader? one = VhdxHeader.Read(first);
        VhdxHeader? two = VhdxHeader.Read(second);
        bool firstCounts = two is null || one?.Sequence > two.Sequence;
        VhdxHeader current = (firstCounts ? one : two) ?? throw new QmpException("No valid VHDX header found");
        bool isSound = current.LogVersion == 0 && current.LogOffset >= (ulong)VhdxFormat.Megabyte && current.LogOffset < long.MaxValue / 2
            && current.LogOffset % (ulong)VhdxFormat.Megabyte == 0;
        return isSound ? new VhdxHeaders(file, current, firstCounts) : throw new BlockIOException(Errno.EINVAL);
    }

    /// <summary>Before the first write: whoever keeps account of the image must see that it changes.</summary>
    public async ValueTask NoteWriteAsync()
    {
        if (_hasWritten)
        {
            return;
        }

        _hasWritten = true;
        VhdxHeader changed = Current with { FileWrite = Guid.NewGuid(), DataWrite = Guid.NewGuid() };
        await WriteAsync(changed);
    }

    /// <summary>After a replay: the log is empty.</summary>
    public ValueTask ClearLogAsync() => WriteAsync(Current with { Log = Guid.Empty });

    // Twice, so that both headers know; in between, one of them is always whole.
    private async ValueTask WriteAsync(VhdxHeader header)
    {
        for (int i = 0; i < 2; i++)
        {
            header = header with { Sequence = Current.Sequence + 1 };
            await _file.WriteAsync(_firstCounts ? VhdxHeader.SecondOffset : VhdxHeader.FirstOffset, header.ToBytes());
            await _file.FlushAsync();
            _firstCounts = !_firstCounts;
            Current = header;
        }
    }
}
