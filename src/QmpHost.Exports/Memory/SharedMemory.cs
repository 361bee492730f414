using System.Runtime.InteropServices;

namespace QmpHost.Exports.Memory;

/// <summary>
/// Access to memory that another process shares with this one and may take away at any moment by cutting its file off: a pointer
/// would then end this process. The system copies instead, and tells what is not there.
/// </summary>
internal static unsafe partial class SharedMemory
{
    private const int MostSegments = 1024;
    private const int FutexWakeOperation = 5 | 128;

    // Adds 1 << 16, atomically.
    private const int AddToUpperHalf = unchecked((int)0x90000000) | (16 << 12);

    private static readonly nint FutexCall = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 202 : 98;

    /// <summary>Reads.</summary>
    /// <param name="address">From where.</param>
    /// <param name="to">Filled completely.</param>
    /// <returns>False where some of it is not there.</returns>
    public static bool TryRead(nint address, Span<byte> to) => TryRead([new MemorySegment(address, (nuint)to.Length)], to);

    /// <summary>Writes.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="from">The bytes.</param>
    /// <returns>False where some of it is not there.</returns>
    public static bool TryWrite(nint address, ReadOnlySpan<byte> from) => TryWrite([new MemorySegment(address, (nuint)from.Length)], from);

    /// <summary>Reads pieces one after the other.</summary>
    /// <param name="from">The pieces, as long as <paramref name="to"/> in all.</param>
    /// <param name="to">Filled completely.</param>
    /// <returns>False where some of it is not there.</returns>
    public static bool TryRead(ReadOnlySpan<MemorySegment> from, Span<byte> to)
    {
        fixed (byte* local = to)
        fixed (MemorySegment* remote = from)
        {
            return Copy(local, to.Length, remote, from.Length, write: false);
        }
    }

    /// <summary>Writes pieces one after the other.</summary>
    /// <param name="to">The pieces, as long as <paramref name="from"/> in all.</param>
    /// <param name="from">The bytes.</param>
    /// <returns>False where some of it is not there.</returns>
    public static bool TryWrite(ReadOnlySpan<MemorySegment> to, ReadOnlySpan<byte> from)
    {
        fixed (byte* local = from)
        fixed (MemorySegment* remote = to)
        {
            return Copy(local, from.Length, remote, to.Length, write: true);
        }
    }

    /// <summary>Adds one to the upper half of a word of 32 bits, so that nobody ever sees half of the change.</summary>
    /// <param name="address">The word, aligned.</param>
    /// <returns>False where it is not there.</returns>
    public static bool TryIncrementUpperHalf(nint address)
    {
        uint nobody = 0;
        return Futex(FutexCall, &nobody, FutexWakeOperation, 0, 0, (uint*)address, AddToUpperHalf) >= 0;
    }

    private static bool Copy(byte* local, long length, MemorySegment* remote, int count, bool write)
    {
        while (length > 0)
        {
            int pieces = Math.Min(count, MostSegments);
            long wanted = 0;
            for (int i = 0; i < pieces; i++)
            {
                wanted += (long)remote[i].Length;
            }

            var buffer = new MemorySegment((nint)local, (nuint)Math.Min(length, wanted));
            nint copied = write
                ? WriteProcess(Environment.ProcessId, &buffer, 1, remote, (nuint)pieces, 0)
                : ReadProcess(Environment.ProcessId, &buffer, 1, remote, (nuint)pieces, 0);
            if (copied <= 0 || copied != (nint)buffer.Length)
            {
                return false;
            }

            local += copied;
            length -= copied;
            remote += pieces;
            count -= pieces;
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "process_vm_readv")]
    private static partial nint ReadProcess(int process, MemorySegment* local, nuint localCount, MemorySegment* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc", EntryPoint = "process_vm_writev")]
    private static partial nint WriteProcess(int process, MemorySegment* local, nuint localCount, MemorySegment* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Futex(nint number, uint* first, nint operation, nint value, nint secondValue, uint* second, nint code);
}
