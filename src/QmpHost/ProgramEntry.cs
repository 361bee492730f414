using System.CommandLine;
using QmpHost.Hosting.Programs;
using QmpHost.Qapi;
using QmpHost.Running;

namespace QmpHost;

/// <summary>Finds out as which program this one was started: by the name of the link, or by the first argument.</summary>
internal static class ProgramEntry
{
    private const string StorageDaemon = "storage-daemon";
    private const string System = "system";
    private const string ProfileVariable = "QMPHOST_PROFILE";

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
            [StorageDaemon, .. var rest] => HostProcess.RunAsync(StorageDaemon, "qemu-storage-daemon", rest),
            [System, .. var rest] => HostProcess.RunAsync(System, "qemu-system-x86_64", rest),
            _ => Subcommands.Create().Parse(arguments).InvokeAsync(),
        };
    }

    /// <summary>The release that the environment asks for.</summary>
    /// <returns>The profile, or null where the variable names none that is known.</returns>
    public static VersionProfile? ReadProfile()
    {
        string? text = Environment.GetEnvironmentVariable(ProfileVariable);
        return string.IsNullOrEmpty(text) ? VersionProfile.Default : VersionProfile.TryParse(text, out VersionProfile? profile) ? profile : null;
    }
}
