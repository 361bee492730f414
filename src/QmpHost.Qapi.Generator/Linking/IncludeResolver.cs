using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>Follows the includes of each program's root file.</summary>
internal sealed class IncludeResolver(IReadOnlyList<SchemaFile> files, List<SchemaError> errors)
{
    private readonly HashSet<string> _reached = new(StringComparer.Ordinal);

    public IReadOnlyList<ProgramDomains> Resolve()
    {
        var programs = new List<ProgramDomains>();
        foreach (SchemaFile root in files.Where(f => f.Program is not null))
        {
            var domains = new List<string>();
            Visit(root, domains, new HashSet<string>(StringComparer.Ordinal));
            programs.Add(new ProgramDomains(root.Program!, domains.ToEquatable()) { Was = root.Was });
        }

        foreach (SchemaFile file in files.Where(f => !_reached.Contains(f.FileName) && f.Errors.Count == 0))
        {
            errors.Add(new SchemaError(SchemaErrorKind.Include, $"no program includes '{file.FileName}'", new SourcePlace(file.Path, 0, 0, 0, 0)));
        }

        return programs;
    }

    private void Visit(SchemaFile file, List<string> domains, HashSet<string> visited)
    {
        if (!visited.Add(file.FileName))
        {
            return;
        }

        _reached.Add(file.FileName);
        foreach (Include include in file.Includes)
        {
            if (files.FirstOrDefault(f => f.FileName == include.File) is { } included)
            {
                Visit(included, domains, visited);
            }
            else if (!errors.Any(e => e.Place == include.Place))
            {
                errors.Add(new SchemaError(SchemaErrorKind.Include, $"there is no schema file '{include.File}'", include.Place));
            }
        }

        domains.Add(file.Domain);
    }
}
