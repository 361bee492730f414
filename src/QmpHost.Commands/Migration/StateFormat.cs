using System.Buffers.Binary;
using System.Text;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Migration;

/// <summary>
/// How the state of a machine is written. The frame is that of QEMU's streams, so that each side knows what it has before it: the
/// magic number, the version, and the board's name. What follows is one section of our own, since there are no devices' states.
/// </summary>
internal static class StateFormat
{
    private const uint Magic = 0x5145564d;
    private const uint Version = 3;
    private const byte Configuration = 7;
    private const byte Section = 4;
    private const byte End = 0;
    private const string SectionName = "qmphost";
    private const int LongestText = 1 << 16;
    private const int LongestBitmap = 1 << 30;

    [Flags]
    private enum Marks : byte
    {
        None = 0,
        WantsAnswer = 1,
        HasUuid = 2,
    }

    /// <summary>Writes the state of a machine.</summary>
    /// <param name="state">The state.</param>
    /// <returns>The bytes.</returns>
    public static byte[] Write(MachineState state)
    {
        using var bytes = new MemoryStream();
        PutNumber(bytes, Magic);
        PutNumber(bytes, Version);
        bytes.WriteByte(Configuration);
        PutText(bytes, state.Machine);
        bytes.WriteByte(Section);
        PutText(bytes, SectionName);
        bytes.WriteByte((byte)((state.WantsAnswer ? Marks.WantsAnswer : Marks.None) | (state.Uuid is null ? Marks.None : Marks.HasUuid)));
        PutLong(bytes, (long)state.MemorySize);
        PutText(bytes, state.RunState.ToWire());
        if (state.Uuid is { } uuid)
        {
            PutText(bytes, uuid.ToString("D"));
        }

        PutNumber(bytes, (uint)state.Bitmaps.Count);
        foreach (TravellingBitmap bitmap in state.Bitmaps)
        {
            PutText(bytes, bitmap.NodeAlias);
            PutText(bytes, bitmap.Alias);
            bytes.WriteByte((byte)((bitmap.IsEnabled ? 1 : 0) | (bitmap.IsPersistent ? 2 : 0)));
            PutNumber(bytes, (uint)bitmap.Granularity);
            PutLong(bytes, bitmap.Size);
            PutNumber(bytes, (uint)bitmap.Data.Length);
            bytes.Write(bitmap.Data);
        }

        bytes.WriteByte(End);
        return bytes.ToArray();
    }

    /// <summary>Reads the state of a machine.</summary>
    /// <param name="stream">Where it comes from; nothing behind it is read.</param>
    /// <param name="checkMachine">Called with the board's name, before anything else is read.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MigrationLoadException">It is no such state.</exception>
    /// <exception cref="IOException">It ends early, or cannot be read.</exception>
    /// <returns>The state.</returns>
    public static async Task<MachineState> ReadAsync(Stream stream, Action<string> checkMachine, CancellationToken cancellationToken)
    {
        var reader = new Reader(stream, cancellationToken);
        if (await reader.TryNumberAsync() != Magic)
        {
            throw new MigrationLoadException("Not a migration stream");
        }

        if (await reader.NumberAsync() != Version)
        {
            throw new MigrationLoadException("Unsupported migration stream version");
        }

        await reader.ExpectAsync(Configuration);
        string machine = await reader.TextAsync();
        checkMachine(machine);
        await reader.ExpectAsync(Section);
        if (await reader.TextAsync() is var name && name != SectionName)
        {
            throw new MigrationLoadException($"Unknown savevm section or instance '{name}' 0. Make sure that your current VM setup matches your saved VM setup, including any hotplugged devices");
        }

        var marks = (Marks)await reader.ByteAsync();
        ulong memory = (ulong)await reader.LongAsync();
        string runState = await reader.TextAsync();
        Guid? uuid = marks.HasFlag(Marks.HasUuid) && Guid.TryParse(await reader.TextAsync(), out Guid value) ? value : null;
        uint count = await reader.NumberAsync();
        var bitmaps = new List<TravellingBitmap>();
        for (uint i = 0; i < count; i++)
        {
            bitmaps.Add(await ReadBitmapAsync(reader));
        }

        await reader.ExpectAsync(End);
        return new MachineState
        {
            Machine = machine,
            MemorySize = memory,
            Uuid = uuid,
            RunState = RunStateEnum.TryParse(runState, out RunState known) ? known : throw new MigrationLoadException($"Unable to parse runstate: '{runState}'"),
            WantsAnswer = marks.HasFlag(Marks.WantsAnswer),
            Bitmaps = bitmaps,
        };
    }

    private static async Task<TravellingBitmap> ReadBitmapAsync(Reader reader)
    {
        string node = await reader.TextAsync();
        string name = await reader.TextAsync();
        byte marks = await reader.ByteAsync();
        int granularity = (int)await reader.NumberAsync();
        long size = await reader.LongAsync();
        byte[] data = await reader.BytesAsync(LongestBitmap);
        return new TravellingBitmap(node, name, (marks & 1) != 0, (marks & 2) != 0, granularity, size, data);
    }

    private static void PutNumber(MemoryStream bytes, uint value)
    {
        Span<byte> four = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(four, value);
        bytes.Write(four);
    }

    private static void PutLong(MemoryStream bytes, long value)
    {
        Span<byte> eight = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(eight, value);
        bytes.Write(eight);
    }

    private static void PutText(MemoryStream bytes, string text)
    {
        byte[] encoded = Encoding.UTF8.GetBytes(text);
        PutNumber(bytes, (uint)encoded.Length);
        bytes.Write(encoded);
    }

    private sealed class Reader(Stream stream, CancellationToken cancellationToken)
    {
        private readonly byte[] _small = new byte[sizeof(long)];

        // What is shorter than a number cannot be one of ours.
        public async Task<uint> TryNumberAsync()
        {
            int read = await stream.ReadAtLeastAsync(_small.AsMemory(0, sizeof(uint)), sizeof(uint), throwOnEndOfStream: false, cancellationToken);
            return read < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32BigEndian(_small);
        }

        public async Task<uint> NumberAsync()
        {
            await stream.ReadExactlyAsync(_small.AsMemory(0, sizeof(uint)), cancellationToken);
            return BinaryPrimitives.ReadUInt32BigEndian(_small);
        }

        public async Task<long> LongAsync()
        {
            await stream.ReadExactlyAsync(_small, cancellationToken);
            return BinaryPrimitives.ReadInt64BigEndian(_small);
        }

        public async Task<byte> ByteAsync()
        {
            await stream.ReadExactlyAsync(_small.AsMemory(0, 1), cancellationToken);
            return _small[0];
        }

        public async Task ExpectAsync(byte kind)
        {
            if (await ByteAsync() is var given && given != kind)
            {
                throw new MigrationLoadException($"Unknown savevm section type {given}");
            }
        }

        public async Task<string> TextAsync() => Encoding.UTF8.GetString(await BytesAsync(LongestText));

        public async Task<byte[]> BytesAsync(int most)
        {
            uint length = await NumberAsync();
            if (length > most)
            {
                throw new MigrationLoadException("Unknown savevm section type 4");
            }

            byte[] bytes = new byte[length];
            await stream.ReadExactlyAsync(bytes, cancellationToken);
            return bytes;
        }
    }
}

/// <summary>What was sent cannot be taken over; the machine that was to ends.</summary>
/// <param name="message">What whoever runs the program is told.</param>
/// <param name="section">The part that it was in, as QEMU names parts, or null.</param>
internal sealed class MigrationLoadException(string message, string? section = null) : Exception(message)
{
    /// <summary>Tells whoever runs the program what is wrong, and where.</summary>
    /// <param name="tell">Takes a line.</param>
    public void Tell(Action<string> tell)
    {
        tell(Message);
        if (section is not null)
        {
            tell($"error while loading state for instance 0x0 of device '{section}'");
        }
    }
}
