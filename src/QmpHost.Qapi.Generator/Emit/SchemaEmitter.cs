using QmpHost.Qapi.Generator.Linking;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits every source of a schema.</summary>
internal sealed class SchemaEmitter
{
    private readonly SchemaModel _schema;
    private readonly SchemaIndex _index;
    private readonly TypeMap _types;
    private readonly StructEmitter _structs;
    private readonly UnionEmitter _unions;
    private readonly AlternateEmitter _alternates;

    public SchemaEmitter(SchemaModel schema)
    {
        _schema = schema;
        _index = new SchemaIndex(schema.Domains.SelectMany(d => d.Definitions));
        _types = new TypeMap(_index);
        _structs = new StructEmitter(_index, _types);
        _unions = new UnionEmitter(_index, _types);
        _alternates = new AlternateEmitter(_index, _types);
    }

    /// <summary>The sources: the name of the file and its text.</summary>
    public IEnumerable<KeyValuePair<string, string>> Emit()
    {
        foreach (Domain domain in _schema.Domains)
        {
            foreach (Definition definition in domain.Definitions)
            {
                if (EmitDefinition(definition) is { } source)
                {
                    yield return source;
                }
            }

            if (domain.Definitions.OfType<CommandDefinition>().Any())
            {
                yield return Source(Names.CommandInterface(domain.Name), CommandInterfaceEmitter.Emit(domain));
            }
        }

        yield return Source("CommandTable", new CommandTableEmitter(_schema, _types).Emit());
        yield return Source("SchemaTable", new IntrospectionEmitter(_schema, _index).Emit());
    }

    private KeyValuePair<string, string>? EmitDefinition(Definition definition) => definition switch
    {
        EnumDefinition e => Source(e.Name, EnumEmitter.Emit(e)),
        StructDefinition s => Source(s.Name, _structs.EmitStruct(s)),
        UnionDefinition u => Source(u.Name, _unions.Emit(u)),
        AlternateDefinition a => Source(a.Name, _alternates.Emit(a)),
        EventDefinition e => Source(Names.Event(e.Name), _structs.EmitEvent(e)),
        CommandDefinition { Members.Count: > 0, IsTyped: true } c => Source(Names.Arguments(c.Name), _structs.EmitArguments(c)),
        _ => null,
    };

    private static KeyValuePair<string, string> Source(string name, string text) => new(name + ".g.cs", text);
}
