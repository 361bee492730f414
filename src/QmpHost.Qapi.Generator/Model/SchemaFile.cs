namespace QmpHost.Qapi.Generator.Model;

/// <summary>One parsed file of the schema.</summary>
internal sealed record SchemaFile(
    string Path,
    string? Program,
    bool IsDocumentationRequired,
    string Documentation,
    EquatableArray<Include> Includes,
    EquatableArray<Definition> Definitions,
    EquatableArray<SchemaError> Errors)
{
    /// <summary>In which order older releases list what a program includes, or null.</summary>
    public FormerDefinition? Was { get; init; }

    /// <summary>The file's name without its folder.</summary>
    public string FileName => System.IO.Path.GetFileName(Path);

    /// <summary>The domain that the file defines: its name without extension.</summary>
    public string Domain => System.IO.Path.GetFileNameWithoutExtension(Path);
}
