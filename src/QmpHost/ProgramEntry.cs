using System.CommandLine;
using QmpHost.Running;

namespace QmpHost;

/// <summary>Finds out as which program this one was started: by the name of the link, or by the first argument.</summary>
internal static class ProgramEntry
{
    private const string StorageDaemon = "storage-daemon";
    private const string System = "system";
    private const string ReleaseOption = "--release";

    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The command line.</param>
    /// <returns>The exit status.</returns>
    public static Task<int> RunAsync(string[] arguments)
    {
        string name = OwnProgram.CalledName;
        if (name.StartsWith("qemu-storage-daemon", StringComparison.Ordinal))
        {
            return HostProcess.RunAsync(StorageDaemon, name, arguments);
        }

        if (name.StartsWith("qemu-system-", StringComparison.Ordinal))
        {
            return HostProcess.RunAsync(System, name, arguments);
        }

        // The two programs have command lines of their own: nothing of them is parsed here.
        return arguments switch
        {
            [ReleaseOption, var release, StorageDaemon or System, ..] => RunAsync(arguments[2], arguments[3..], release),
            [StorageDaemon or System, ..] => RunAsync(arguments[0], arguments[1..], null),
            _ => Subcommands.Create().Parse(arguments).InvokeAsync(),
        };
    }

    private static Task<int> RunAsync(string program, string[] arguments, string? release)
        => HostProcess.RunAsync(program, program == StorageDaemon ? "qemu-storage-daemon" : "qemu-system-x86_64", arguments, release);
}
