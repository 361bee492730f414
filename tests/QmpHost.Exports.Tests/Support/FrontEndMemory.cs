using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QmpHost.Exports.Tests.Support;

/// <summary>Memory that a front end shares: a file without a name, mapped here, and event descriptors.</summary>
internal sealed unsafe partial class FrontEndMemory : IDisposable
{
    private readonly byte* _start;

    public FrontEndMemory(int length)
    {
        Length = length;
        File = Create("guest", 0);
        Resize(length);
        _start = Map(null, (nuint)length, 3, 1, File, 0);
    }

    public int Length { get; }

    public SafeFileHandle File { get; }

    public Span<byte> Bytes => new(_start, Length);

    /// <summary>Cuts the file off or makes it longer; what is mapped behind its end is gone.</summary>
    public void Resize(long length) => Assert.That(Truncate(File, length), Is.Zero);

    public static SafeFileHandle CreateEvent() => Event(0, 0x800);

    public static void Signal(SafeFileHandle eventHandle)
    {
        ulong one = 1;
        Assert.That((int)Write(eventHandle, &one, sizeof(ulong)), Is.EqualTo(sizeof(ulong)));
    }

    public void Dispose()
    {
        _ = Unmap(_start, (nuint)Length);
        File.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Create(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate")]
    private static partial int Truncate(SafeFileHandle handle, long length);

    [LibraryImport("libc", EntryPoint = "eventfd")]
    private static partial SafeFileHandle Event(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(SafeFileHandle handle, void* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(byte* address, nuint length, int protection, int flags, SafeFileHandle handle, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(byte* address, nuint length);
}
