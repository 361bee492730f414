using QmpHost.Qapi;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>A command that is little more than a call of what a QMP command does.</summary>
/// <param name="name">Its name.</param>
/// <param name="parameters">The arguments as the help shows them.</param>
/// <param name="description">What the help says.</param>
/// <param name="run">Runs it.</param>
internal sealed class DelegateCommand(string name, string parameters, string description, Func<HmpContext, HmpArgumentReader, ValueTask> run) : HmpCommand
{
    /// <summary>A command without arguments.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What the help says.</param>
    /// <param name="run">Runs it, once it is known that no argument was given.</param>
    public DelegateCommand(string name, string description, Func<HmpContext, ValueTask> run)
        : this(name, "", description, (context, arguments) =>
        {
            arguments.ExpectEnd();
            return run(context);
        })
    {
    }

    /// <summary>What a release that has the command shows by it, or null where all have it.</summary>
    public Behaviour? Needs { get; init; }

    /// <summary>The short name, or null.</summary>
    public string? Short { get; init; }

    public override string Name => name;

    public override string? ShortName => Short;

    public override string Arguments => parameters;

    public override string Description => description;

    public override bool ExistsIn(VersionProfile profile) => Needs is not { } behaviour || profile.Has(behaviour);

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments) => run(context, arguments);
}
