using QmpHost.Commands.Hosting;
using QmpHost.Machine.Boards;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/dump.json: the memory of a guest that never ran.</summary>
/// <param name="host">The host.</param>
public sealed class DumpCommandHandler(HostServices host) : IDumpCommands
{
    private const uint OwnerReads = 0x100;
    private const int ErrorMask = 0xffff;

    /// <inheritdoc/>
    public async ValueTask DumpGuestMemoryAsync(DumpGuestMemoryArguments arguments, CommandContext context)
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

        if (arguments.Format is { } format && Compressor(format) is { } compressor)
        {
            throw new QmpException($"kdump-{compressor} is not available now");
        }

        await using FileStream file = OpenTarget(arguments.Protocol, context);
        bool wasRunning = host.RunState.IsRunning;
        await GuestStop.SuspendAsync(host, RunState.SaveVm);
        try
        {
            host.DumpStatus = DumpStatus.Failed;
            host.DumpedBytes = 0;
            await WriteAsync(arguments, file);
        }
        finally
        {
            if (wasRunning)
            {
                host.RunState.Resume();
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<DumpQueryResult> QueryDumpAsync(CommandContext context)
        => ValueTask.FromResult(new DumpQueryResult { Status = host.DumpStatus, Completed = host.DumpStatus == DumpStatus.Completed ? host.DumpedBytes : 0, Total = host.DumpedBytes });

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

    // The build is one without these two libraries.
    private static string? Compressor(DumpGuestMemoryFormat format) => format switch
    {
        DumpGuestMemoryFormat.KdumpLzo or DumpGuestMemoryFormat.KdumpRawLzo => "lzo",
        DumpGuestMemoryFormat.KdumpSnappy or DumpGuestMemoryFormat.KdumpRawSnappy => "snappy",
        _ => null,
    };

    private async ValueTask WriteAsync(DumpGuestMemoryArguments arguments, FileStream file)
    {
        (ulong Begin, ulong End)[] pieces = [.. Cut(GuestMemoryMap.Of(host).ListPieces(), arguments)];
        QmpException.ThrowIf(pieces.Length == 0, "dump: no guest memory to dump");
        var dump = new MemoryDump([.. host.Processors.Indices], host.Processors.Registers.Signature, pieces);
        host.DumpedBytes = (long)dump.Total;
        string? error = arguments.Format switch
        {
            null or DumpGuestMemoryFormat.Elf => await TryWriteAsync(dump, file),
            DumpGuestMemoryFormat.WinDmp => "win-dump: invalid vmcoreinfo note size",
            _ => "dump: failed to save memory",
        };
        host.DumpStatus = error is null ? DumpStatus.Completed : DumpStatus.Failed;
        DumpQueryResult result = (await QueryDumpAsync(new CommandContext { Profile = host.Layer.Profile, Program = host.Identity.Program }));
        host.Layer.Events.Emit(new DumpCompletedEvent { Result = result, Error = error });
        QmpException.ThrowIf(error is not null, error ?? string.Empty);
    }

    private static async ValueTask<string?> TryWriteAsync(MemoryDump dump, FileStream file)
    {
        try
        {
            await dump.WriteAsync(file);
            return null;
        }
        catch (IOException e)
        {
            return $"dump: failed to write elf header: {SystemFile.Describe(e.HResult & ErrorMask)}";
        }
    }

    // Only what lies in the range that was asked for.
    private IEnumerable<(ulong Begin, ulong End)> Cut(IEnumerable<(ulong Begin, ulong End)> pieces, DumpGuestMemoryArguments arguments)
    {
        if (arguments is not { Begin: { } from, Length: { } length })
        {
            return pieces;
        }

        QmpException.ThrowIf(from < 0, "Invalid parameter 'begin'");
        QmpException.ThrowIf(
            length <= 0, host.Layer.Profile.Has(Behaviour.ArgumentErrorsExplain) ? "parameter 'length' expects a non-zero size" : "Invalid parameter 'length'");
        ulong first = (ulong)from, last = first + (ulong)length;
        return pieces.Where(piece => piece.Begin < last && piece.End > first)
            .Select(piece => (Math.Max(piece.Begin, first), Math.Min(piece.End, last)));
    }

    // The file is made before anything else is found out, and stays.
    private static FileStream OpenTarget(string protocol, CommandContext context)
    {
        const string file = "file:";
        const string descriptor = "fd:";
        if (protocol.StartsWith(descriptor, StringComparison.Ordinal))
        {
            string name = protocol[descriptor.Length..];
            return new FileStream(
                context.Session?.Descriptors.Take(name) ?? throw new QmpException($"File descriptor named '{name}' has not been found"), FileAccess.Write, bufferSize: 0);
        }

        if (!protocol.StartsWith(file, StringComparison.Ordinal))
        {
            throw new QmpException(context.Profile.Has(Behaviour.ArgumentErrorsExplain)
                ? "parameter 'protocol' must start with 'file:' or 'fd:'"
                : "Invalid parameter 'protocol'");
        }

        string path = protocol[file.Length..];
        return SystemFile.Open(path, FileMode.Create, FileAccess.Write, out int error, OwnerReads)
            ?? throw new QmpException($"Could not {(context.Profile.Has(Behaviour.ArgumentErrorsExplain) ? "create" : "open")} '{path}': {SystemFile.Describe(error)}");
    }
}
