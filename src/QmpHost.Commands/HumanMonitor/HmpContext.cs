using System.Text;
using QmpHost.Commands.Hosting;
using QmpHost.Qapi;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>What a human monitor command works on.</summary>
/// <param name="Host">The host.</param>
/// <param name="Reply">The text of the reply, with plain line feeds.</param>
internal sealed record HmpContext(HostServices Host, StringBuilder Reply)
{
    /// <summary>The lines that were entered on the console; none where there is no console.</summary>
    public IReadOnlyList<string> History { get; init; } = [];

    /// <summary>The number of the processor whose state commands show.</summary>
    public int Processor { get; init; }

    /// <summary>The context of QMP commands that this monitor has under a name of its own.</summary>
    public CommandContext ForQmp => new() { Profile = Host.Layer.Profile, Program = Host.Identity.Program };
}
