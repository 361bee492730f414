using System.Buffers.Binary;
using System.Text;
using QmpHost.Block.Drivers.Encryption;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>The header of a LUKS volume, version 1.</summary>
internal sealed class LuksHeader
{
    /// <summary>Bytes of the header itself.</summary>
    public const int Size = 592;

    public const int SaltSize = 32;
    public const int DigestSize = 20;
    public const int SlotCount = 8;

    // The first key material begins behind a whole page.
    private const int AreaSectors = 4096 / SectorCipher.SectorSize;
    private const int NameSize = 32;
    private const int UuidSize = 40;
    private const int SlotsOffset = 208;
    private const ushort Version = 1;

    /// <summary>The first bytes of a volume.</summary>
    public static ReadOnlySpan<byte> Magic => [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xba, 0xbe];

    public required CipherChoice Choice { get; init; }

    /// <summary>The digest that keys are derived with.</summary>
    public required QCryptoHashAlgorithm Hash { get; init; }

    /// <summary>The name of mode and initialisation vectors, as the header has it.</summary>
    public required string ModeName { get; init; }

    /// <summary>Where the disk begins, in sectors.</summary>
    public required uint PayloadSector { get; init; }

    public byte[] KeyDigest { get; set; } = new byte[DigestSize];

    public byte[] KeySalt { get; init; } = new byte[SaltSize];

    public uint KeyIterations { get; set; }

    public required string Uuid { get; init; }

    public required LuksKeySlot[] Slots { get; init; }

    /// <summary>Bytes of the disk's key.</summary>
    public int KeyBytes => Choice.KeyBytes;

    /// <summary>Where the disk begins, in bytes.</summary>
    public long PayloadOffset => (long)PayloadSector * SectorCipher.SectorSize;

    /// <summary>Whether the disk lies apart from the header.</summary>
    public bool IsDetached => PayloadSector == 0;

    /// <summary>Bytes of the header with all its key slots.</summary>
    public long TotalBytes => (long)(AreaSectors + (SlotCount * Stride(KeyBytes))) * SectorCipher.SectorSize;

    /// <summary>Lays a new header out: every slot has its place, none holds a key.</summary>
    /// <param name="choice">The cipher.</param>
    /// <param name="hash">The digest that keys are derived with.</param>
    /// <param name="isDetached">Whether the disk lies apart.</param>
    public static LuksHeader Lay(CipherChoice choice, QCryptoHashAlgorithm hash, bool isDetached)
    {
        int stride = Stride(choice.KeyBytes);
        var slots = new LuksKeySlot[SlotCount];
        for (int i = 0; i < SlotCount; i++)
        {
            slots[i] = new LuksKeySlot { IsActive = false, MaterialSector = (uint)(AreaSectors + (i * stride)) };
        }

        return new LuksHeader
        {
            Choice = choice,
            Hash = hash,
            ModeName = LuksNames.ModeName(choice),
            PayloadSector = isDetached ? 0 : (uint)(AreaSectors + (SlotCount * stride)),
            Uuid = Guid.NewGuid().ToString(),
            Slots = slots,
        };
    }

    /// <summary>Sectors that the split key takes.</summary>
    public static int MaterialSectors(int keyBytes)
        => ((keyBytes * LuksKeySlot.StandardStripes) + SectorCipher.SectorSize - 1) / SectorCipher.SectorSize;

    /// <summary>Whether the first bytes of a file are those of a volume that can be opened.</summary>
    public static bool Probe(ReadOnlySpan<byte> head)
        => head.Length >= 8 && head.StartsWith(Magic) && BinaryPrimitives.ReadUInt16BigEndian(head[6..]) == Version;

    /// <summary>Reads and checks a header.</summary>
    /// <param name="bytes"><see cref="Size"/> bytes.</param>
    /// <param name="mayBeDetached">Whether the disk may lie apart.</param>
    /// <exception cref="QmpException">It is no header, or damaged; in QEMU's words.</exception>
    public static LuksHeader Read(ReadOnlySpan<byte> bytes, bool mayBeDetached = false)
    {
        if (!bytes.StartsWith(Magic))
        {
            throw new QmpException("Volume is not in LUKS format");
        }

        int version = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        if (version != Version)
        {
            throw new QmpException($"LUKS version {version} is not supported");
        }

        string cipher = ReadName(bytes[8..], "cipher name");
        string mode = ReadName(bytes[40..], "cipher mode");
        string hash = ReadName(bytes[72..], "hash spec");
        uint keyBytes = BinaryPrimitives.ReadUInt32BigEndian(bytes[108..]);
        LuksKeySlot[] slots = ReadSlots(bytes);
        uint payload = BinaryPrimitives.ReadUInt32BigEndian(bytes[104..]);
        uint iterations = BinaryPrimitives.ReadUInt32BigEndian(bytes[164..]);
        CheckLayout(payload, iterations, keyBytes, slots, mayBeDetached && payload == 0);
        (CipherChoice choice, QCryptoHashAlgorithm digest) = LuksNames.Parse(cipher, mode, hash, (int)Math.Min(keyBytes, int.MaxValue));
        return new LuksHeader
        {
            Choice = choice,
            Hash = digest,
            ModeName = mode,
            PayloadSector = payload,
            KeyDigest = bytes.Slice(112, DigestSize).ToArray(),
            KeySalt = bytes.Slice(132, SaltSize).ToArray(),
            KeyIterations = iterations,
            Uuid = ToText(bytes.Slice(168, UuidSize)),
            Slots = slots,
        };
    }

    /// <summary>The header as bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(6), Version);
        Encoding.ASCII.GetBytes(LuksNames.CipherName(Choice.Algorithm), bytes.AsSpan(8, NameSize));
        Encoding.ASCII.GetBytes(ModeName, bytes.AsSpan(40, NameSize));
        Encoding.ASCII.GetBytes(Hash.ToWire(), bytes.AsSpan(72, NameSize));
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(104), PayloadSector);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(108), (uint)KeyBytes);
        KeyDigest.CopyTo(bytes, 112);
        KeySalt.CopyTo(bytes, 132);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(164), KeyIterations);
        Encoding.UTF8.GetBytes(Uuid, bytes.AsSpan(168, UuidSize));
        for (int i = 0; i < SlotCount; i++)
        {
            Slots[i].Write(bytes.AsSpan(SlotsOffset + (i * LuksKeySlot.Size), LuksKeySlot.Size));
        }

        return bytes;
    }

    // Each slot begins behind a whole number of areas.
    private static int Stride(int keyBytes) => (MaterialSectors(keyBytes) + AreaSectors - 1) / AreaSectors * AreaSectors;

    private static LuksKeySlot[] ReadSlots(ReadOnlySpan<byte> bytes)
    {
        var slots = new LuksKeySlot[SlotCount];
        for (int i = 0; i < SlotCount; i++)
        {
            slots[i] = LuksKeySlot.Read(bytes.Slice(SlotsOffset + (i * LuksKeySlot.Size), LuksKeySlot.Size));
        }

        return slots;
    }

    private static void CheckLayout(uint payload, uint iterations, uint keyBytes, LuksKeySlot[] slots, bool isDetached)
    {
        if (!isDetached && payload < AreaSectors)
        {
            throw new QmpException("LUKS payload is overlapping with the header");
        }

        if (iterations == 0)
        {
            throw new QmpException("LUKS key iteration count is zero");
        }

        ulong length = (((ulong)keyBytes * LuksKeySlot.StandardStripes) + SectorCipher.SectorSize - 1) / SectorCipher.SectorSize;
        for (int i = 0; i < slots.Length; i++)
        {
            CheckSlot(slots[i], i, isDetached ? uint.MaxValue : payload, length);
            for (int other = i + 1; other < slots.Length; other++)
            {
                if (slots[i].MaterialSector < slots[other].MaterialSector + length && slots[other].MaterialSector < slots[i].MaterialSector + length)
                {
                    throw new QmpException($"Keyslots {i} and {other} are overlapping in the header");
                }
            }
        }
    }

    private static void CheckSlot(LuksKeySlot slot, int index, uint payload, ulong length)
    {
        string? fault = slot.Stripes != LuksKeySlot.StandardStripes
                ? $"is corrupted (stripes {slot.Stripes} != {LuksKeySlot.StandardStripes})"
            : slot.IsActive is null ? "state (active/disable) is corrupted"
            : slot.IsActive == true && slot.Iterations == 0 ? "iteration count is zero"
            : slot.MaterialSector < AreaSectors ? "is overlapping with the LUKS header"
            : slot.MaterialSector + length > payload ? "is overlapping with the encrypted payload"
            : null;
        if (fault is not null)
        {
            throw new QmpException($"Keyslot {index} {fault}");
        }
    }

    private static string ReadName(ReadOnlySpan<byte> from, string what)
    {
        ReadOnlySpan<byte> name = from[..NameSize];
        return name.Contains((byte)0) ? ToText(name) : throw new QmpException($"LUKS header {what} is not NUL terminated");
    }

    private static string ToText(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
