using QmpHost.Qapi;
using QmpHost.Qapi.Files;

namespace QmpHost.Protocol.Chardev;

/// <summary>Opens files and named pipes, with QEMU's errors.</summary>
internal static class FileStreams
{
    /// <summary>Output to a file, and input from another one, if any.</summary>
    public static Func<CharacterConnection> File(string path, string? inputPath, bool append, CharacterDeviceEnvironment environment) => () =>
    {
        Stream output = OpenAny(path, append ? FileMode.Append : FileMode.Create, FileAccess.Write, environment);
        try
        {
            Stream input = inputPath is null ? new SilentStream() : OpenAny(inputPath, FileMode.Open, FileAccess.Read, environment);
            return new StreamConnection(input, output, outlivesInput: true);
        }
        catch
        {
            output.Dispose();
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

    private static FileStream OpenAny(string path, FileMode mode, FileAccess access, CharacterDeviceEnvironment environment)
        => environment.OpenPassedFile(path, access) is { } passed ? new FileStream(passed, access, bufferSize: 0) : Open(path, mode, access);

    /// <summary>Opens a file, with the errors of QEMU.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="mode">Whether it is made.</param>
    /// <param name="access">What is done with it.</param>
    /// <param name="verb">What the error says could not be done.</param>
    public static FileStream Open(string path, FileMode mode, FileAccess access, string verb = "open")
    {
        if (SystemFile.Open(path, mode, access, out int error) is { } file)
        {
            return file;
        }

        throw new QmpException($"Could not {verb} '{path}': {SystemFile.Describe(error)}");
    }
}
