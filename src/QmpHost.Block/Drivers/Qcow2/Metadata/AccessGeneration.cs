namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>Requests that began before certain clusters were freed, and those clusters.</summary>
internal sealed class AccessGeneration
{
    /// <summary>How many of the requests are under way.</summary>
    public int Active { get; set; }

    /// <summary>What was freed since the generation began; a later generation begins with the next request.</summary>
    public List<FreedRange> Freed { get; } = [];
}
