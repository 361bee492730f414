using System.Globalization;
using QmpHost.Hosting.CommandLine;

namespace QmpHost.Running;

/// <summary>A file that holds the process's number while the process lives.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;

    private PidFile(string path, FileStream file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>Writes the file and keeps it locked.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="CommandLineException">It cannot be written, or a living process holds it.</exception>
    /// <returns>The file, removed when disposed.</returns>
    public static PidFile Create(string path)
    {
        FileStream file;
        if (path.Length == 0)
        {
            throw new CommandLineException("cannot create PID file: Could not create '': No such file or directory");
        }

        try
        {
            // Whoever may open the file may read it; the lock, which is QEMU's kind of lock, keeps a second program away.
            file = new FileStream(path, OpenOptions());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandLineException($"cannot create PID file: {Describe(path, e)}");
        }

        try
        {
            if (!OperatingSystem.IsMacOS())
            {
                file.Lock(0, 1);
            }
        }
        catch (IOException)
        {
            file.Dispose();
            throw new CommandLineException("cannot create PID file: Cannot lock pid file: Resource temporarily unavailable");
        }

        file.SetLength(0);
        file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
        file.Flush();
        return new PidFile(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path), file);
    }

    /// <summary>Removes the file.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else's directory by now: there is nothing to remove.
        }

        _file.Dispose();
    }

    private static FileStreamOptions OpenOptions()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static string Describe(string path, Exception e) => e switch
    {
        DirectoryNotFoundException => $"Could not create '{path}': {(File.Exists(Path.GetDirectoryName(path)) ? "Not a directory" : "No such file or directory")}",
        UnauthorizedAccessException => $"Could not create '{path}': {(Directory.Exists(path) ? "Is a directory" : "Permission denied")}",
        _ => $"Could not create '{path}': {e.Message}",
    };
}
