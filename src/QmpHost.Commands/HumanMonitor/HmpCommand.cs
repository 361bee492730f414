using QmpHost.Qapi;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>One command of the human monitor, one file each.</summary>
internal abstract class HmpCommand
{
    /// <summary>The name; sub-commands of "info" begin with "info ".</summary>
    public abstract string Name { get; }

    /// <summary>The short name, or null.</summary>
    public virtual string? ShortName => null;

    /// <summary>The name as errors and the help tell it, with the short one where there is one.</summary>
    public string Title => ShortName is null ? Name : $"{Name}|{ShortName}";

    /// <summary>The arguments as the help shows them.</summary>
    public virtual string Arguments => string.Empty;

    /// <summary>What the help says.</summary>
    public abstract string Description { get; }

    /// <summary>The line of the help.</summary>
    public string HelpLine => $"{Title} {Arguments} -- {Description}\n";

    /// <summary>Whether a release has the command.</summary>
    /// <param name="profile">The release.</param>
    public virtual bool ExistsIn(VersionProfile profile) => true;

    /// <summary>Runs the command. Errors of the host are <see cref="QmpException"/>.</summary>
    /// <param name="context">The host and the outputs.</param>
    /// <param name="arguments">The arguments.</param>
    /// <returns>A task that ends with the command.</returns>
    /// <exception cref="HmpArgumentException">The arguments do not fit.</exception>
    public abstract ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments);
}
