namespace QmpHost.Qapi;

/// <summary>A behaviour and the releases that have it.</summary>
/// <param name="Behaviour">The behaviour.</param>
/// <param name="Since">The first release that has it.</param>
/// <param name="Until">The first release after that without it, or null.</param>
/// <param name="Summary">What a client sees of it.</param>
/// <param name="Recording">The scenario or session that shows it, or how it was seen.</param>
public sealed record BehaviourEntry(Behaviour Behaviour, QemuRelease Since, QemuRelease? Until, string Summary, string Recording)
{
    /// <summary>The commands and drivers that show it; empty for what belongs to a command line.</summary>
    public IReadOnlyList<string> Concerns { get; init; } = [];
}
