namespace QmpHost.Qapi.Generator.Model;

/// <summary>A program and the domains that it includes, in order.</summary>
internal sealed record ProgramDomains(string Program, EquatableArray<string> Domains);
