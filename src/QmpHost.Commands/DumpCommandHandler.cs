using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/dump.json: there is no memory to dump.</summary>
/// <param name="host">The host.</param>
public sealed class DumpCommandHandler(HostServices host) : IDumpCommands
{
    private const uint OwnerReads = 0x100;

    /// <inheritdoc/>
    public ValueTask DumpGuestMemoryAsync(DumpGuestMemoryArguments arguments, CommandContext context)
    {
        if (arguments.Format is not (null or DumpGuestMemoryFormat.Elf) && (arguments.Paging || arguments.Begin is not null || arguments.Length is not null))
        {
            throw new QmpException("kdump-compressed format doesn't support paging or filter");
        }

        if (arguments.Begin is not null && arguments.Length is null)
        {
            throw new QmpException("Parameter 'length' is missing");
        }

        if (arguments.Length is not null && arguments.Begin is null)
        {
            throw new QmpException("Parameter 'begin' is missing");
        }

        if (arguments.Format == DumpGuestMemoryFormat.WinDmp && context.Profile.Has(Behaviour.WindowsDumpsNeedNote))
        {
            throw new QmpException("win-dump: no vmcoreinfo note from the guest");
        }

        CheckTarget(arguments.Protocol, context);
        host.DumpStatus = DumpStatus.Failed;
        throw new QmpException("dump: no guest memory to dump");
    }

    /// <inheritdoc/>
    public ValueTask<DumpQueryResult> QueryDumpAsync(CommandContext context)
        => ValueTask.FromResult(new DumpQueryResult { Status = host.DumpStatus, Completed = 0, Total = 0 });

    /// <inheritdoc/>
    public ValueTask<DumpGuestMemoryCapability> QueryDumpGuestMemoryCapabilityAsync(CommandContext context)
        => ValueTask.FromResult(new DumpGuestMemoryCapability
        {
            Formats =
            [
                .. new[] { DumpGuestMemoryFormat.Elf, DumpGuestMemoryFormat.KdumpZlib, DumpGuestMemoryFormat.KdumpRawZlib, DumpGuestMemoryFormat.WinDmp }
                    .Where(format => format.ExistsIn(context.Profile)
                        && (format != DumpGuestMemoryFormat.WinDmp || !context.Profile.Has(Behaviour.WindowsDumpsNeedNote))),
            ],
        });

    // The file is made before anything else is found out, and stays.
    private static void CheckTarget(string protocol, CommandContext context)
    {
        const string file = "file:";
        const string descriptor = "fd:";
        if (protocol.StartsWith(descriptor, StringComparison.Ordinal))
        {
            string name = protocol[descriptor.Length..];
            (context.Session?.Descriptors.Take(name) ?? throw new QmpException($"File descriptor named '{name}' has not been found")).Dispose();
            return;
        }

        if (!protocol.StartsWith(file, StringComparison.Ordinal))
        {
            throw new QmpException(context.Profile.Has(Behaviour.ArgumentErrorsExplain)
                ? "parameter 'protocol' must start with 'file:' or 'fd:'"
                : "Invalid parameter 'protocol'");
        }

        string path = protocol[file.Length..];
        using FileStream made = SystemFile.Open(path, FileMode.Create, FileAccess.Write, out int error, OwnerReads)
            ?? throw new QmpException($"Could not open '{path}': {SystemFile.Describe(error)}");
    }
}
