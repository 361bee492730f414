using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>The arguments that writev and aio_write share.</summary>
internal static class VectoredWrite
{
    /// <summary>Parses operands and pattern; errors are printed.</summary>
    /// <param name="command">The command, for its one-line help.</param>
    /// <param name="context">The outputs.</param>
    /// <param name="options">The parsed options.</param>
    /// <returns>The request, or null after an error.</returns>
    public static WriteRequest? Parse(QemuIoCommand command, QemuIoContext context, ParsedOptions options)
    {
        byte pattern = PatternText.Default;
        if (options.Options.TryGetValue('P', out string? text) && !PatternText.TryParse(context, text, out pattern))
        {
            return null;
        }

        if (options.Operands.Count < 2)
        {
            context.Print(command.OneLine);
            return null;
        }

        if (CheckZeroOptions(options) is { } error)
        {
            context.Print(error);
            return null;
        }

        if (!TransferArguments.TryParse(context, options.Operands[0], out long offset)
            || !TransferArguments.TryParseVector(context, options.Operands.Skip(1), out long total))
        {
            return null;
        }

        return new WriteRequest
        {
            Offset = offset,
            Length = total,
            Pattern = new[] { pattern },
            Zeroes = options.Has('z'),
            Flags = (options.Has('f') ? RequestFlags.Fua : 0) | (options.Has('u') ? RequestFlags.MayUnmap : 0),
            Quiet = options.Has('q'),
            MachineReadable = options.Has('C'),
        };
    }

    private static string? CheckZeroOptions(ParsedOptions options)
    {
        if (options.Has('z') && options.Operands.Count != 2)
        {
            return "-z supports only a single length parameter";
        }

        // A pattern beside zeroes must be one, and is then ignored.
        return options.Has('u') && !options.Has('z') ? "-u requires -z to be specified" : null;
    }
}
