using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>discard: drops the contents of an area.</summary>
internal sealed class DiscardCommand : QemuIoCommand
{
    public override string Name => "discard";

    public override string ShortName => "d";

    public override string Arguments => "[-Cq] off len";

    public override string Description => "discards a number of bytes at a specified offset";

    public override string Details =>
        """

         discards a range of bytes from the given offset

         Example:
         'discard 512 1k' - discards 1 kilobyte from 512 bytes into the file

         Discards a segment of the currently open file.
         -C, -- report statistics in a machine parsable format
         -q, -- quiet mode, do not show I/O statistics

        """;

    public override int MinArguments => 2;

    public override int MaxArguments => -1;

    public override BlockPermissions Permissions => BlockPermissions.Write;

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (ParseOptions(context, "Cq", arguments) is not { } options)
        {
            return;
        }

        if (options.Operands.Count != 2)
        {
            context.Print(OneLine);
            return;
        }

        if (!TransferArguments.TryParse(context, options.Operands[0], out long offset)
            || !TransferArguments.TryParse(context, options.Operands[1], out long bytes))
        {
            return;
        }

        if (bytes > TransferArguments.MaxLength)
        {
            context.Print($"length cannot exceed {TransferArguments.MaxLength}, given {options.Operands[1]}");
            return;
        }

        long started = context.Clock.GetTimestamp();
        try
        {
            await context.Backend.DiscardAsync(offset, bytes);
        }
        catch (BlockIOException e)
        {
            context.Print($"discard failed: {e.Errno.Describe()}");
            return;
        }

        if (!options.Has('q'))
        {
            TransferReport.Print(context, "discard", offset, bytes, bytes, started, options.Has('C'));
        }
    }
}
