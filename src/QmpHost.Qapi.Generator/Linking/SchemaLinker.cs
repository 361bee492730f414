using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>Puts the files of a schema together and checks the whole.</summary>
internal static class SchemaLinker
{
    public static LinkResult Link(IReadOnlyList<SchemaFile> files)
    {
        var errors = files.SelectMany(f => f.Errors).ToList();
        SchemaFile[] ordered = files.OrderBy(f => f.FileName, StringComparer.Ordinal).ToArray();

        // What stands below a syntax error is not known: checks would only complain that it is missing.
        if (errors.All(e => e.Kind != SchemaErrorKind.Syntax))
        {
            bool documented = ordered.Any(f => f.IsDocumentationRequired);
            new SchemaChecker(ordered.SelectMany(f => f.Definitions).ToArray(), errors).Check(documented);
        }

        var programs = new IncludeResolver(ordered, errors).Resolve();
        if (errors.Count > 0)
        {
            return new LinkResult(null, errors.ToEquatable());
        }

        Domain[] domains = ordered
            .Where(f => f.Definitions.Count > 0)
            .Select(f => new Domain(f.Domain, f.Documentation, f.Definitions.Select(PlaceEraser.Erase).ToEquatable()))
            .ToArray();
        return new LinkResult(new SchemaModel(domains.ToEquatable(), programs.ToEquatable()), default);
    }
}
