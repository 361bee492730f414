namespace QmpHost.Commands.QemuIo;

/// <summary>Offset and length operands, checked as qemu-io checks them.</summary>
internal static class TransferArguments
{
    /// <summary>The longest request, in bytes.</summary>
    public const long MaxLength = 2147483136;

    private const int SectorSize = 512;

    /// <summary>Parses a size and prints the error if it is none.</summary>
    /// <param name="context">The outputs.</param>
    /// <param name="text">The text.</param>
    /// <param name="value">The size in bytes.</param>
    /// <returns>Whether it is a size.</returns>
    public static bool TryParse(QemuIoContext context, string text, out long value)
    {
        (value, string? error) = SizeText.Parse(text, context.Warn);
        if (error is null)
        {
            return true;
        }

        context.Print(error);
        return false;
    }

    /// <summary>Checks that a value is a multiple of 512 and prints the error if it is not.</summary>
    /// <param name="context">The outputs.</param>
    /// <param name="name">The operand's name in the error.</param>
    /// <param name="value">The value in bytes.</param>
    /// <returns>Whether it is aligned.</returns>
    public static bool IsSectorAligned(QemuIoContext context, string name, long value)
    {
        if (value % SectorSize == 0)
        {
            return true;
        }

        context.Print($"{value} is not a sector-aligned value for '{name}'");
        return false;
    }

    /// <summary>Parses the lengths of a vectored request and adds them up.</summary>
    /// <param name="context">The outputs.</param>
    /// <param name="lengths">The operands.</param>
    /// <param name="total">The sum in bytes.</param>
    /// <returns>Whether all are lengths within the limit.</returns>
    public static bool TryParseVector(QemuIoContext context, IEnumerable<string> lengths, out long total)
    {
        total = 0;
        foreach (string text in lengths)
        {
            if (!TryParse(context, text, out long length))
            {
                return false;
            }

            if (length > MaxLength)
            {
                context.Print($"Argument '{text}' exceeds maximum size {MaxLength}");
                return false;
            }

            if (total > MaxLength - length)
            {
                context.Print($"The total number of bytes exceed the maximum size {MaxLength}");
                return false;
            }

            total += length;
        }

        return true;
    }
}
