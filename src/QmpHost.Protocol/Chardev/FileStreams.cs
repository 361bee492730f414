using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>Opens files and named pipes, with QEMU's errors.</summary>
internal static class FileStreams
{
    /// <summary>Output to a file, and input from another one, if any.</summary>
    public static Func<CharacterConnection> File(string path, string? inputPath, bool append) => () =>
    {
        Stream input = inputPath is null ? new SilentStream() : Open(inputPath, FileMode.Open, FileAccess.Read);
        try
        {
            return new StreamConnection(input, Open(path, append ? FileMode.Append : FileMode.Create, FileAccess.Write), outlivesInput: true);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    };

    /// <summary>A pair of named pipes with the endings <c>.in</c> and <c>.out</c>, or one without.</summary>
    public static Func<CharacterConnection> Pipe(string path) => () =>
    {
        // Opened for both directions, so that opening does not wait for the other side and reading never ends.
        if (!System.IO.File.Exists(path + ".in") || !System.IO.File.Exists(path + ".out"))
        {
            return new StreamConnection(Open(path, FileMode.Open, FileAccess.ReadWrite));
        }

        FileStream input = Open(path + ".in", FileMode.Open, FileAccess.ReadWrite);
        try
        {
            return new StreamConnection(input, Open(path + ".out", FileMode.Open, FileAccess.ReadWrite), outlivesInput: true);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    };

    private static FileStream Open(string path, FileMode mode, FileAccess access)
    {
        if (path.Length == 0)
        {
            throw new QmpException("Could not open '': No such file or directory");
        }

        try
        {
            return new FileStream(path, mode, access, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string reason = e is FileNotFoundException or DirectoryNotFoundException ? "No such file or directory"
                : Directory.Exists(path) ? "Is a directory"
                : e is UnauthorizedAccessException ? "Permission denied"
                : e.Message;
            throw new QmpException($"Could not open '{path}': {reason}", e);
        }
    }
}
