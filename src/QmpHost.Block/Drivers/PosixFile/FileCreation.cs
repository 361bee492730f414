using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>blockdev-create for files.</summary>
internal static class FileCreation
{
    private const uint DefaultMode = 0x1A4;
    private const uint DefaultExtentSize = 1 << 20;

    /// <summary>Makes a file, or clears one that nobody uses, and gives it its length.</summary>
    /// <exception cref="QmpException">It could not be made.</exception>
    public static async ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptionsFile options)
    {
        if (options.ExtentSizeHint > uint.MaxValue)
        {
            throw new QmpException("Extent size hint is too large");
        }

        string path = options.Filename;
        using SafeFileHandle file = NativeFile.Open(path, NativeFile.OpenReadWrite | NativeFile.OpenCreate, out int error, DefaultMode)
            ?? throw new QmpException($"Could not create '{path}': {((Errno)error).Describe()}");
        const BlockPermissions Used = BlockPermissions.Write | BlockPermissions.Resize;
        try
        {
            FileLocks.Take(file, Used, BlockPermissions.Resize);
            FileLocks.Check(file, Used, BlockPermissions.Resize);

            // The length takes time, whether it succeeds or not: the client has its answer before the outcome.
            await graph.Context.Loop.YieldAsync();
            await SetLengthAsync(graph, options, file);
        }
        finally
        {
            FileLocks.Release(file);
        }
    }

    /// <summary>Removes a regular file that has become nothing; where that is not possible, it stays.</summary>
    public static void TryRemove(BlockdevOptions file)
    {
        if (file.Branch is BlockdevOptionsFile { Filename: var path } && NativeFile.TryGetStatus(path, out FileStatus status) && status.IsRegular)
        {
            NativeFile.TryRemove(path);
        }
    }

    private static async ValueTask SetLengthAsync(BlockGraph graph, BlockdevCreateOptionsFile options, SafeFileHandle file)
    {
        int error = NativeFile.Truncate(file, 0);
        if (error != 0)
        {
            throw new QmpException($"Could not resize file: {((Errno)error).Describe()}");
        }

        SetHints(file, options);
        long length = unchecked((long)options.Size);
        await FileLength.ChangeAsync(file, new FileTransfer(graph.Context.Loop, file, direct: false), length, options.Preallocation ?? PreallocMode.Off);
    }

    private static void SetHints(SafeFileHandle file, BlockdevCreateOptionsFile options)
    {
        if (options.Nocow == true)
        {
            FileHints.DisableCopyOnWrite(file);
        }

        uint extentSize = (uint)(options.ExtentSizeHint ?? DefaultExtentSize);
        if (extentSize > 0)
        {
            FileHints.SetExtentSize(file, extentSize);
        }
    }
}
