namespace QmpHost.Qapi.Generator.Model;

/// <summary>A program and the domains that it includes, in order.</summary>
internal sealed record ProgramDomains(string Program, EquatableArray<string> Domains)
{
    /// <summary>In which order older releases list some of them, or null.</summary>
    public FormerDefinition? Was { get; init; }

    /// <summary>The domains as older releases list them: those that are named there change places among each other.</summary>
    public IReadOnlyList<string> FormerDomains()
    {
        string[] order = Was is { } was ? was.Order.ToArray() : [];
        int next = 0;
        return Domains.Select(domain => order.Contains(domain) ? order[next++] : domain).ToArray();
    }
}
