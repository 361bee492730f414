namespace QmpHost.Qapi.Generator.Model;

/// <summary>The directive that takes in another file.</summary>
internal sealed record Include(string File, SourcePlace Place);
