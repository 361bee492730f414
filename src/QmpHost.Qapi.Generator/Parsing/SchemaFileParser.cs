using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>Reads one file of the schema into its definitions. Never throws for a bad schema: the errors are part of the result.</summary>
internal static class SchemaFileParser
{
    public static SchemaFile Parse(string path, string text, IEnumerable<string> symbols)
    {
        var nodes = new NodeParser(path, text);
        var reader = new DefinitionReader(new SchemaConditions(symbols));
        var errors = new List<SchemaError>();
        try
        {
            foreach (SchemaExpression expression in nodes.Read())
            {
                try
                {
                    reader.Read(expression);
                }
                catch (SchemaException e)
                {
                    errors.Add(e.Error);
                }
            }
        }
        catch (SchemaException e)
        {
            errors.Add(e.Error);
        }

        return new SchemaFile(
            path,
            reader.Program,
            reader.IsDocumentationRequired,
            DocumentationParser.ReadHeader(nodes.Header),
            reader.Includes.ToEquatable(),
            reader.Definitions.ToEquatable(),
            errors.ToEquatable())
        {
            Was = reader.Was,
        };
    }
}
