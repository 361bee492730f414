namespace QmpHost.Block.Core;

/// <summary>Whom a <see cref="Report"/> concerns, and how the program words it.</summary>
public enum ReportKind
{
    /// <summary>Advice that concerns whoever runs the program rather than a client.</summary>
    Warning,

    /// <summary>A failure of which no client is told.</summary>
    Failure,

    /// <summary>A failure within a request, of which no client is told and QEMU does not know which monitor caused it.</summary>
    RequestFailure,

    /// <summary>Like <see cref="RequestFailure"/>, but advice.</summary>
    RequestWarning,

    /// <summary>What can be done about the report before it: no prefix, and no line end.</summary>
    Hint,

    /// <summary>A line that belongs on the program's standard error as it is.</summary>
    Remark,

    /// <summary>Text that belongs on the program's standard output, line ends included, as debugging aids print it.</summary>
    Output,
}

/// <summary>Something for whoever runs the program; clients see none of it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The text, without a prefix or, unless it is output, a line end.</param>
public readonly record struct Report(ReportKind Kind, string Text);
