using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>Transfers that bypass the page cache, for which the system wants aligned memory.</summary>
internal static class DirectTransfer
{
    private const int MemoryAlignment = 4096;
    private const int MaxBounce = 1 << 20;

    /// <summary>The alignment that direct requests to a file need, found by trying.</summary>
    /// <returns>A power of two in bytes.</returns>
    public static unsafe int ProbeAlignment(SafeFileHandle file)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc(MemoryAlignment, MemoryAlignment);
        try
        {
            foreach (int candidate in (ReadOnlySpan<int>)[1, 512, 1024, 2048, 4096])
            {
                if (NativeFile.Read(file, new Span<byte>(memory, candidate), 0) >= 0)
                {
                    // Where even one byte can be read the trial says nothing: holes are not read from the disk.
                    return candidate == 1 ? MemoryAlignment : candidate;
                }
            }

            return MemoryAlignment;
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    /// <summary>Reads all of a buffer.</summary>
    /// <returns>0 or an error number.</returns>
    public static unsafe int Read(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            if (IsAligned(start))
            {
                return FileTransfer.Read(file, buffer, offset);
            }
        }

        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Min(buffer.Length, MaxBounce), MemoryAlignment);
        try
        {
            while (buffer.Length > 0)
            {
                var piece = new Span<byte>(memory, Math.Min(buffer.Length, MaxBounce));
                int error = FileTransfer.Read(file, piece, offset);
                if (error != 0)
                {
                    return error;
                }

                piece.CopyTo(buffer);
                buffer = buffer[piece.Length..];
                offset += piece.Length;
            }

            return 0;
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    /// <summary>Writes all of a buffer.</summary>
    /// <returns>0 or an error number.</returns>
    public static unsafe int Write(SafeFileHandle file, ReadOnlySpan<byte> data, long offset)
    {
        fixed (byte* start = data)
        {
            if (IsAligned(start))
            {
                return FileTransfer.Write(file, data, offset);
            }
        }

        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Min(data.Length, MaxBounce), MemoryAlignment);
        try
        {
            while (data.Length > 0)
            {
                var piece = new Span<byte>(memory, Math.Min(data.Length, MaxBounce));
                data[..piece.Length].CopyTo(piece);
                int error = FileTransfer.Write(file, piece, offset);
                if (error != 0)
                {
                    return error;
                }

                data = data[piece.Length..];
                offset += piece.Length;
            }

            return 0;
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    private static unsafe bool IsAligned(byte* start) => ((nuint)start & (MemoryAlignment - 1)) == 0;
}
