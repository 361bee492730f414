using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>write: writes a pattern, zeroes, a file's contents, or compressed data.</summary>
internal sealed class WriteCommand : QemuIoCommand
{
    public override string Name => "write";

    public override string ShortName => "w";

    public override string Arguments => "[-bcCfnquz] [-P pattern | -s source_file] off len";

    public override string Description => "writes a number of bytes at a specified offset";

    public override string Details =>
        """

         writes a range of bytes from the given offset

         Example:
         'write 512 1k' - writes 1 kilobyte at 512 bytes into the open file

         Writes into a segment of the currently open file, using a buffer
         filled with a set pattern (0xcdcdcdcd).
         -b, -- write to the VM state rather than the virtual disk
         -c, -- write compressed data with blk_write_compressed
         -f, -- use Force Unit Access semantics
         -n, -- with -z, don't allow slow fallback
         -p, -- ignored for backwards compatibility
         -P, -- use different pattern to fill file
         -s, -- use a pattern file to fill the write buffer
         -C, -- report statistics in a machine parsable format
         -q, -- quiet mode, do not show I/O statistics
         -u, -- with -z, allow unmapping
         -z, -- write zeroes using blk_co_pwrite_zeroes

        """;

    public override int MinArguments => 2;

    public override int MaxArguments => -1;

    public override BlockPermissions Permissions => BlockPermissions.Write;

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (ParseOptions(context, "bcCfnpP:qs:uz", arguments, JudgePattern(context)) is not { } options)
        {
            return;
        }

        ReadOnlyMemory<byte> pattern = new[] { PatternText.Default };
        if (options.Options.TryGetValue('P', out string? text))
        {
            if (!PatternText.TryParse(context, text, out byte value))
            {
                return;
            }

            pattern = new[] { value };
        }

        if (options.Operands.Count != 2)
        {
            context.Print(OneLine);
            return;
        }

        if (CheckCombinations(options) is { } error)
        {
            context.Print(error);
            return;
        }

        if (!TransferArguments.TryParse(context, options.Operands[0], out long offset)
            || !TransferArguments.TryParse(context, options.Operands[1], out long count)
            || !CheckLength(context, options, offset, count))
        {
            return;
        }

        if (options.Has('b'))
        {
            // No driver of this build stores a VM state.
            context.Print($"write failed: {Errno.ENOTSUP.Describe()}");
            return;
        }

        if (options.Options.TryGetValue('s', out string? source) && !TryReadSource(context, source, out pattern))
        {
            return;
        }

        var request = new WriteRequest
        {
            Offset = offset,
            Length = count,
            Pattern = pattern,
            Zeroes = options.Has('z'),
            Compressed = options.Has('c'),
            Flags = MakeFlags(options),
            Quiet = options.Has('q'),
            MachineReadable = options.Has('C'),
        };
        await request.ExecuteAsync(context, "write failed");
    }

    private static string? CheckCombinations(ParsedOptions options)
    {
        if (options.Has('b') && options.Has('z'))
        {
            return "-b and -z cannot be specified at the same time";
        }

        if (options.Has('f') && (options.Has('b') || options.Has('c')))
        {
            return "-f and -b or -c cannot be specified at the same time";
        }

        if (options.Has('n') && !options.Has('z'))
        {
            return "-n requires -z to be specified";
        }

        if (options.Has('u') && !options.Has('z'))
        {
            return "-u requires -z to be specified";
        }

        int sources = (options.Has('z') ? 1 : 0) + (options.Has('P') ? 1 : 0) + (options.Has('s') ? 1 : 0);
        return sources > 1 ? "Only one of -z, -P, and -s can be specified at the same time" : null;
    }

    private static bool CheckLength(QemuIoContext context, ParsedOptions options, long offset, long count)
    {
        if (count > TransferArguments.MaxLength && !options.Has('n'))
        {
            context.Print($"length cannot exceed {TransferArguments.MaxLength} without -n, given {options.Operands[1]}");
            return false;
        }

        return !(options.Has('b') || options.Has('c'))
            || (TransferArguments.IsSectorAligned(context, "offset", offset) && TransferArguments.IsSectorAligned(context, "count", count));
    }

    private static RequestFlags MakeFlags(ParsedOptions options)
        => (options.Has('f') ? RequestFlags.Fua : 0)
            | (options.Has('n') ? RequestFlags.NoFallback : 0)
            | (options.Has('u') ? RequestFlags.MayUnmap : 0);

    private static bool TryReadSource(QemuIoContext context, string path, out ReadOnlyMemory<byte> contents)
    {
        contents = default;
        try
        {
            contents = File.ReadAllBytes(path);
        }
        catch (Exception e) when (FileFailure.Is(e))
        {
            context.Output.Error.WriteLine($"{path}: {FileFailure.ErrnoOf(e, path).Describe()}");
            return false;
        }

        if (contents.Length == 0)
        {
            context.Output.Error.WriteLine($"{path}: file is empty");
            return false;
        }

        return true;
    }
}
