using System.Buffers.Binary;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>One key slot of a header: how a passphrase leads to the key of the disk.</summary>
internal sealed class LuksKeySlot
{
    /// <summary>Bytes in the header.</summary>
    public const int Size = 48;

    /// <summary>Into how many parts keys are split.</summary>
    public const int StandardStripes = 4000;

    private const uint ActiveMark = 0x00ac71f3;
    private const uint InactiveMark = 0x0000dead;

    /// <summary>Whether the slot holds a key; null if the header says neither.</summary>
    public bool? IsActive { get; set; }

    /// <summary>Rounds of the derivation.</summary>
    public uint Iterations { get; set; }

    public byte[] Salt { get; set; } = new byte[LuksHeader.SaltSize];

    /// <summary>Where the key material lies, in sectors.</summary>
    public uint MaterialSector { get; set; }

    public uint Stripes { get; set; } = StandardStripes;

    public static LuksKeySlot Read(ReadOnlySpan<byte> from) => new()
    {
        IsActive = BinaryPrimitives.ReadUInt32BigEndian(from) switch
        {
            ActiveMark => true,
            InactiveMark => false,
            _ => null,
        },
        Iterations = BinaryPrimitives.ReadUInt32BigEndian(from[4..]),
        Salt = from.Slice(8, LuksHeader.SaltSize).ToArray(),
        MaterialSector = BinaryPrimitives.ReadUInt32BigEndian(from[40..]),
        Stripes = BinaryPrimitives.ReadUInt32BigEndian(from[44..]),
    };

    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to, IsActive == true ? ActiveMark : InactiveMark);
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], Iterations);
        Salt.CopyTo(to[8..]);
        BinaryPrimitives.WriteUInt32BigEndian(to[40..], MaterialSector);
        BinaryPrimitives.WriteUInt32BigEndian(to[44..], Stripes);
    }
}
