namespace QmpHost.Commands.QemuIo;

/// <summary>The arguments that readv and aio_read share.</summary>
internal static class VectoredRead
{
    /// <summary>Parses operands and pattern; errors are printed.</summary>
    /// <param name="command">The command, for its one-line help.</param>
    /// <param name="context">The outputs.</param>
    /// <param name="options">The parsed options.</param>
    /// <returns>The request, or null after an error.</returns>
    public static ReadRequest? Parse(QemuIoCommand command, QemuIoContext context, ParsedOptions options)
    {
        byte pattern = 0;
        if (options.Options.TryGetValue('P', out string? text) && !PatternText.TryParse(context, text, out pattern))
        {
            return null;
        }

        if (options.Operands.Count < 2)
        {
            context.Print(command.OneLine);
            return null;
        }

        if (!TransferArguments.TryParse(context, options.Operands[0], out long offset)
            || !TransferArguments.TryParseVector(context, options.Operands.Skip(1), out long total))
        {
            return null;
        }

        return new ReadRequest
        {
            Offset = offset,
            Length = total,
            Pattern = options.Has('P') ? pattern : null,
            PatternLength = total,
            Quiet = options.Has('q'),
            Verbose = options.Has('v'),
            MachineReadable = options.Has('C'),
        };
    }
}
