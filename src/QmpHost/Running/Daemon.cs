using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi;

namespace QmpHost.Running;

/// <summary>
/// Running in the background: a managed process cannot fork, so the foreground process starts itself again in a new
/// session and ends when that one has told, through a pipe, that it is ready.
/// </summary>
internal static partial class Daemon
{
    private const string ReadyPipeVariable = "QMPHOST_DAEMON_READY_FD";
    private const string DescriptorFolder = "/proc/self/fd";
    private const int OpenReadWrite = 2;

    // What a background process makes is not for others (octal 027).
    private const uint BackgroundFileModeMask = 0b000_010_111;

    private static int[] _standardDescriptors = [0, 1, 2];

    /// <summary>Whether this process is the one that was started to run in the background.</summary>
    public static bool IsBackgroundProcess => Environment.GetEnvironmentVariable(ReadyPipeVariable) is not null;

    /// <summary>Starts the background process and waits until it is ready.</summary>
    /// <param name="arguments">The command line, without the program's name.</param>
    /// <param name="profile">The release that it shows.</param>
    /// <exception cref="CommandLineException">The process cannot be started.</exception>
    /// <returns>The status to end with: 0 when the background process is ready.</returns>
    public static unsafe int Start(IReadOnlyList<string> arguments, VersionProfile profile)
    {
        int* ends = stackalloc int[2];
        if (Pipe(ends) != 0)
        {
            throw new CommandLineException($"Failed to create a pipe: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }

        IReadOnlyList<string> self = OwnProgram.Command();
        var start = new ProcessStartInfo(self[0]) { UseShellExecute = false };
        foreach (string argument in self.Skip(1).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[ProfileChoice.Variable] = profile.ToString();
        GuestChoice.Pass(start.Environment);
        start.Environment[ReadyPipeVariable] = ends[1].ToString(CultureInfo.InvariantCulture);
        using Process child = Process.Start(start) ?? throw new CommandLineException("Failed to start the background process");
        _ = Close(ends[1]);
        byte ready;
        nint count = Read(ends[0], &ready, 1);
        _ = Close(ends[0]);
        if (count == 1)
        {
            return 0;
        }

        child.WaitForExit();
        return child.ExitCode == 0 ? 1 : child.ExitCode;
    }

    /// <summary>Leaves the terminal: called first in the background process, before it opens anything but the standard streams.</summary>
    public static void Detach()
    {
        _ = SetSession();
        _ = SetFileModeMask(BackgroundFileModeMask);

        // The runtime and whoever has opened a standard stream by now keep copies of its descriptor.
        string?[] standard = [Target("0"), Target("1"), Target("2")];
        _standardDescriptors = [.. Directory.EnumerateFileSystemEntries(DescriptorFolder)
            .Select(entry => Path.GetFileName(entry))
            .Where(name => Target(name) is { } target && standard.Contains(target))
            .Select(name => int.Parse(name, CultureInfo.InvariantCulture))];
    }

    /// <summary>Leaves folder and standard streams to whoever else uses them, and tells the foreground process to end.</summary>
    public static unsafe void TellReady()
    {
        int pipe = int.Parse(Environment.GetEnvironmentVariable(ReadyPipeVariable)!, CultureInfo.InvariantCulture);
        Directory.SetCurrentDirectory("/");
        int nowhere = Open("/dev/null", OpenReadWrite);
        foreach (int descriptor in _standardDescriptors.Where(_ => nowhere >= 0))
        {
            _ = Duplicate(nowhere, descriptor);
        }

        if (nowhere > 2)
        {
            _ = Close(nowhere);
        }

        byte ready = 1;
        _ = Write(pipe, &ready, 1);
        _ = Close(pipe);
    }

    private static string? Target(string descriptor)
    {
        try
        {
            return new FileInfo(Path.Combine(DescriptorFolder, descriptor)).LinkTarget;
        }
        catch (IOException)
        {
            // Closed meanwhile, such as that of the listing itself.
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "pipe", SetLastError = true)]
    private static unsafe partial int Pipe(int* ends);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    private static partial int SetSession();

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetFileModeMask(uint mask);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint Read(int descriptor, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint Write(int descriptor, byte* buffer, nint count);
}
