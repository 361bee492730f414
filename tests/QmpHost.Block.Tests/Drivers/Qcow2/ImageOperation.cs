using CsCheck;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>One request of a property test.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Position">Where, in thousandths of the disk.</param>
/// <param name="Size">How long, of which most are short.</param>
/// <param name="Seed">Decides the details.</param>
internal sealed record ImageOperation(OperationKind Kind, int Position, int Size, int Seed)
{
    public static Gen<ImageOperation> Gen { get; } =
        from kind in CsCheck.Gen.Frequency(
            (6, CsCheck.Gen.Const(OperationKind.Write)),
            (3, CsCheck.Gen.Const(OperationKind.Zero)),
            (3, CsCheck.Gen.Const(OperationKind.Discard)),
            (2, CsCheck.Gen.Const(OperationKind.Compress)),
            (3, CsCheck.Gen.Const(OperationKind.Read)),
            (1, CsCheck.Gen.Const(OperationKind.Flush)))
        from position in CsCheck.Gen.Int[0, 1000]
        from size in CsCheck.Gen.Int[0, 100]
        from seed in CsCheck.Gen.Int[0, 1 << 20]
        select new ImageOperation(kind, position, size, seed);

    /// <summary>The area, often but not always aligned to clusters.</summary>
    public (long Offset, long Length) Place(int diskSize, int clusterSize)
    {
        int unit = (Seed % 4) switch
        {
            0 => clusterSize,
            1 => 512,
            2 => Math.Max(1, clusterSize / 32),
            _ => 1,
        };
        long offset = (long)diskSize * Position / 1000 / unit * unit;
        long length = (long)(Size < 80 ? clusterSize * Size / 40 : diskSize * (Size - 79) / 40) / unit * unit;
        return (offset, Math.Max(0, Math.Min(Math.Max(length, unit), diskSize - offset)));
    }

    /// <summary>Data that compresses, except for some.</summary>
    public byte[] NewData(int length)
    {
        byte[] data = new byte[length];
        if (Seed % 5 == 0)
        {
            new Random(Seed).NextBytes(data);
        }
        else
        {
            data.AsSpan().Fill((byte)(1 + (Seed % 255)));
        }

        return data;
    }
}
