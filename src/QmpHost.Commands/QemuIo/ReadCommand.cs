using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>read: reads one area, optionally checking a part of it against a pattern.</summary>
internal sealed class ReadCommand : QemuIoCommand
{
    public override string Name => "read";

    public override string ShortName => "r";

    public override string Arguments => "[-abCqv] [-P pattern [-s off] [-l len]] off len";

    public override string Description => "reads a number of bytes at a specified offset";

    public override string Details =>
        """

         reads a range of bytes from the given offset

         Example:
         'read -v 512 1k' - dumps 1 kilobyte read from 512 bytes into the file

         Reads a segment of the currently open file, optionally dumping it to the
         standard output stream (with -v option) for subsequent inspection.
         -b, -- read from the VM state rather than the virtual disk
         -C, -- report statistics in a machine parsable format
         -l, -- length for pattern verification (only with -P)
         -p, -- ignored for backwards compatibility
         -P, -- use a pattern to verify read data
         -q, -- quiet mode, do not show I/O statistics
         -s, -- start offset for pattern verification (only with -P)
         -v, -- dump buffer to standard output

        """;

    public override int MinArguments => 2;

    public override int MaxArguments => -1;

    public override BlockPermissions Permissions => BlockPermissions.None;

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        long patternOffset = 0;
        long patternLength = 0;
        byte pattern = 0;
        bool Judge(char letter, string value) => letter switch
        {
            'l' => TransferArguments.TryParse(context, value, out patternLength),
            's' => TransferArguments.TryParse(context, value, out patternOffset),
            _ => PatternText.TryParse(context, value, out pattern),
        };

        if (ParseOptions(context, "bCl:pP:qs:v", arguments, Judge) is not { } options)
        {
            return;
        }

        bool patternMissing = !options.Has('P') && (options.Has('s') || options.Has('l'));
        if (options.Operands.Count != 2 || patternMissing)
        {
            context.Print(OneLine);
            return;
        }

        if (!TransferArguments.TryParse(context, options.Operands[0], out long offset)
            || !TransferArguments.TryParse(context, options.Operands[1], out long count))
        {
            return;
        }

        if (count > TransferArguments.MaxLength)
        {
            context.Print($"length cannot exceed {TransferArguments.MaxLength}, given {options.Operands[1]}");
            return;
        }

        if (!options.Has('l'))
        {
            patternLength = count - patternOffset;
        }

        if (patternLength < 0 || patternLength + patternOffset > count)
        {
            context.Print("pattern verification range exceeds end of read data");
            return;
        }

        if (options.Has('b') && !(TransferArguments.IsSectorAligned(context, "offset", offset) && TransferArguments.IsSectorAligned(context, "count", count)))
        {
            return;
        }

        if (options.Has('b'))
        {
            // No driver of this build stores a VM state.
            context.Print($"read failed: {Errno.ENOTSUP.Describe()}");
            return;
        }

        var request = new ReadRequest
        {
            Offset = offset,
            Length = count,
            Pattern = options.Has('P') ? pattern : null,
            PatternOffset = patternOffset,
            PatternLength = patternLength,
            Quiet = options.Has('q'),
            Verbose = options.Has('v'),
            MachineReadable = options.Has('C'),
        };
        await request.ExecuteAsync(context, "read failed");
    }
}
