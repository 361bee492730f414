namespace QmpHost.Qapi;

/// <summary>One command of the schema, bound to a host's handlers.</summary>
public sealed class CommandDescriptor
{
    private readonly Func<QObject?, CommandContext, ValueTask<QapiResult>> _invoke;

    /// <summary>Binds a command.</summary>
    /// <param name="name">The command's name on the wire.</param>
    /// <param name="invoke">Reads the arguments, calls the handler and wraps its result.</param>
    public CommandDescriptor(string name, Func<QObject?, CommandContext, ValueTask<QapiResult>> invoke)
    {
        Name = name;
        _invoke = invoke;
    }

    /// <summary>The command's name on the wire.</summary>
    public string Name { get; }

    /// <summary>Whether a session may execute it out of band.</summary>
    public bool AllowOob { get; init; }

    /// <summary>Whether it may be executed before the machine exists.</summary>
    public bool AllowPreconfig { get; init; }

    /// <summary>The programs that have the command.</summary>
    public QmpProgram Programs { get; init; } = QmpProgram.System;

    /// <summary>The release that introduced the command.</summary>
    public QemuRelease Since { get; init; }

    /// <summary>The first release without the command, or null if it was never removed.</summary>
    public QemuRelease? Removed { get; init; }

    /// <summary>Whether a host shows the command.</summary>
    /// <param name="profile">The host's release.</param>
    /// <param name="program">The host's program.</param>
    /// <returns>False if clients get "The command … has not been found".</returns>
    public bool IsAvailable(VersionProfile profile, QmpProgram program) =>
        (Programs & program) != 0 && profile.Shows(Since, Removed);

    /// <summary>Executes the command on the host's event loop.</summary>
    /// <param name="arguments">The value of <c>arguments</c>, or null if the request has none.</param>
    /// <param name="context">Who asks.</param>
    /// <returns>The result.</returns>
    /// <exception cref="QmpException">The arguments do not fit, or the command failed.</exception>
    public ValueTask<QapiResult> InvokeAsync(QObject? arguments, CommandContext context) => _invoke(arguments, context);
}
