using System.Buffers.Binary;

namespace QmpHost.Machine.Boards;

/// <summary>A dump of a guest's memory as a core file: headers, a note for each processor, and memory that is all zero.</summary>
/// <param name="processors">The processors' numbers.</param>
/// <param name="signature">What the processors tell of themselves in a register after a reset.</param>
/// <param name="pieces">The ranges of memory: the first address of each, and the first behind it.</param>
public sealed class MemoryDump(IReadOnlyList<int> processors, long signature, IReadOnlyList<(ulong Begin, ulong End)> pieces)
{
    private const int FileHeader = 64, SectionHeader = 64, ProgramHeader = 56, Sections = 2;
    private const int ProgramHeaders = FileHeader + (Sections * SectionHeader);
    private const int NoteHeader = 20;
    private const int StatusLength = 0x90, StateLength = 0x1b8;
    private const int NoteTypeStatus = 1;
    private const int Segments = 10, SegmentLength = 24;

    /// <summary>The name of the section that holds the names of sections, behind an empty one.</summary>
    private static readonly byte[] SectionNames = [0, .. ".shstrtab"u8, 0];

    /// <summary>The number of bytes of memory.</summary>
    public ulong Total => pieces.Aggregate(0UL, static (sum, piece) => sum + piece.End - piece.Begin);

    private int NotesBegin => ProgramHeaders + ((pieces.Count + 1) * ProgramHeader);

    private int NotesLength => processors.Count * (NoteHeader + StatusLength + NoteHeader + StateLength);

    /// <summary>Writes the dump.</summary>
    /// <param name="file">Where it goes. What can be left out of a file that may have holes is left out.</param>
    /// <returns>A task that ends with the last byte.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task WriteAsync(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        await file.WriteAsync(MakeHeaders());
        if (file.CanSeek)
        {
            file.SetLength(file.Position + (long)Total);
            file.Seek(0, SeekOrigin.End);
        }
        else
        {
            await WriteZeroesAsync(file);
        }

        await file.WriteAsync(SectionNames);
        await file.FlushAsync();
    }

    private async Task WriteZeroesAsync(Stream file)
    {
        byte[] zeroes = new byte[1 << 16];
        for (ulong left = Total; left > 0;)
        {
            int length = (int)Math.Min(left, (ulong)zeroes.Length);
            await file.WriteAsync(zeroes.AsMemory(0, length));
            left -= (ulong)length;
        }
    }

    private byte[] MakeHeaders()
    {
        byte[] headers = new byte[NotesBegin + NotesLength];
        PutFileHeader(headers);
        ulong offset = (ulong)headers.Length;
        PutSection(headers.AsSpan(FileHeader + SectionHeader), offset + Total);
        Span<byte> segment = headers.AsSpan(ProgramHeaders);
        PutSegment(segment, type: 4, (ulong)NotesBegin, 0, (ulong)NotesLength);
        foreach ((ulong begin, ulong end) in pieces)
        {
            segment = segment[ProgramHeader..];
            PutSegment(segment, type: 1, offset, begin, end - begin);
            offset += end - begin;
        }

        PutNotes(headers.AsSpan(NotesBegin));
        return headers;
    }

    private void PutFileHeader(Span<byte> header)
    {
        const short core = 4, machine = 3;
        ReadOnlySpan<byte> magic = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        magic.CopyTo(header);
        PutShort(header, 16, core);
        PutShort(header, 18, machine);
        PutInt(header, 20, 1);
        PutLong(header, 32, ProgramHeaders);
        PutLong(header, 40, FileHeader);
        PutShort(header, 52, sizeof(ulong));
        PutShort(header, 54, ProgramHeader);
        PutShort(header, 56, (short)(pieces.Count + 1));
        PutShort(header, 58, SectionHeader);
        PutShort(header, 60, Sections);
        PutShort(header, 62, 1);
    }

    private static void PutSection(Span<byte> section, ulong offset)
    {
        const int strings = 3;
        PutInt(section, 0, 1);
        PutInt(section, 4, strings);
        PutLong(section, 24, offset);
        PutLong(section, 32, (ulong)SectionNames.Length);
    }

    private static void PutSegment(Span<byte> segment, int type, ulong offset, ulong address, ulong length)
    {
        PutInt(segment, 0, type);
        PutLong(segment, 8, offset);
        PutLong(segment, 16, address);
        PutLong(segment, 24, address);
        PutLong(segment, 32, length);
        PutLong(segment, 40, length);
    }

    private void PutNotes(Span<byte> notes)
    {
        foreach (int processor in processors)
        {
            PutNoteHeader(notes, "CORE"u8, StatusLength, NoteTypeStatus);
            PutStatus(notes[NoteHeader..], processor);
            notes = notes[(NoteHeader + StatusLength)..];
        }

        for (int i = 0; i < processors.Count; i++)
        {
            PutNoteHeader(notes, "QEMU"u8, StateLength, type: 0);
            PutState(notes[NoteHeader..]);
            notes = notes[(NoteHeader + StateLength)..];
        }
    }

    private static void PutNoteHeader(Span<byte> note, ReadOnlySpan<byte> name, int length, int type)
    {
        PutInt(note, 0, name.Length + 1);
        PutInt(note, 4, length);
        PutInt(note, 8, type);
        name.CopyTo(note[12..]);
    }

    // The registers that a process of 32 bits would have.
    private void PutStatus(Span<byte> status, int processor)
    {
        PutInt(status, 24, processor + 1);
        PutInt(status, 80, (int)signature);
        PutInt(status, 120, ProcessorRegisters.Start);
        PutInt(status, 124, ProcessorRegisters.CodeSelector);
        PutInt(status, 128, ProcessorRegisters.Flags);
    }

    private void PutState(Span<byte> state)
    {
        const int registers = 8, codeFlags = 0x9b00, dataFlags = 0x9300, localFlags = 0x8200, taskFlags = 0x8b00;
        ReadOnlySpan<int> flags = [codeFlags, dataFlags, dataFlags, dataFlags, dataFlags, dataFlags, localFlags, taskFlags, 0, 0];
        PutInt(state, 0, 1);
        PutInt(state, 4, StateLength);
        PutLong(state, registers + (3 * sizeof(ulong)), (ulong)signature);
        PutLong(state, 136, ProcessorRegisters.Start);
        PutLong(state, 144, ProcessorRegisters.Flags);
        Span<byte> segment = state[152..];
        PutInt(segment, 0, ProcessorRegisters.CodeSelector);
        PutLong(segment, 16, ProcessorRegisters.CodeBase);
        for (int i = 0; i < Segments; i++, segment = segment[SegmentLength..])
        {
            PutInt(segment, 4, ProcessorRegisters.SegmentLimit);
            PutInt(segment, 8, flags[i]);
        }

        PutLong(segment, 0, ProcessorRegisters.ControlRegister);
    }

    private static void PutShort(Span<byte> target, int offset, short value) => BinaryPrimitives.WriteInt16LittleEndian(target[offset..], value);

    private static void PutInt(Span<byte> target, int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(target[offset..], value);

    private static void PutLong(Span<byte> target, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(target[offset..], value);
}
