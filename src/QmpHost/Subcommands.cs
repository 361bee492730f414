using System.CommandLine;
using QmpHost.Qapi;

namespace QmpHost;

/// <summary>The program's own subcommands.</summary>
internal static class Subcommands
{
    /// <summary>Makes the command line's grammar.</summary>
    /// <returns>The root command.</returns>
    public static RootCommand Create()
    {
        var root = new RootCommand("QEMU's block layer without the virtual machine, over QMP.");
        root.Add(Placeholder("storage-daemon", "Behaves as qemu-storage-daemon; takes its command line."));
        root.Add(Placeholder("system", "Behaves as qemu-system-x86_64 as far as disks and monitors go; takes its command line."));
        root.Add(RunCommand.Create());
        root.Add(ReleasesCommand.Create());
        root.Add(LintCommand.Create());
        root.Add(ServeCommand.Create());
        root.Add(HealthCommand.Create());
        root.Add(GraphCommand.Create());
        root.Add(ShellCommand.Create());
        root.Add(RecordCommand.Create());
        root.Add(VerifyCommand.Create());
        root.Add(DiffCommand.Create());
        root.Add(CompletionCommand.Create());
        root.Add(ManCommand.Create(root));
        return root;
    }

    // Only for the help: the entry point hands these over before anything is parsed.
    private static Command Placeholder(string name, string description)
        => new(name, description) { TreatUnmatchedTokensAsErrors = false };
}
