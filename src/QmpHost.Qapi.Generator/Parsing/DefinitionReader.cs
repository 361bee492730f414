using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>Gives top-level expressions their meaning.</summary>
internal sealed class DefinitionReader(SchemaConditions conditions)
{
    private static readonly string[] Common = ["if", "features", "since", "removed", "was"];

    private readonly MemberReader _members = new(conditions);

    public string? Program { get; private set; }

    public FormerDefinition? Was { get; private set; }

    public bool IsDocumentationRequired { get; private set; }

    public List<Include> Includes { get; } = [];

    public List<Definition> Definitions { get; } = [];

    public void Read(SchemaExpression expression)
    {
        ObjectNode node = expression.Value;
        if (node.Members.Count == 0)
        {
            throw Error("an empty object defines nothing", node.Place);
        }

        string kind = node.Members[0].Key.Text;
        switch (kind)
        {
            case "include":
                Includes.Add(ReadInclude(node));
                return;
            case "pragma":
                ReadPragma(node);
                return;
        }

        Definition definition = kind switch
        {
            "enum" => ReadEnum(node),
            "struct" => ReadStruct(node),
            "union" => ReadUnion(node),
            "alternate" => ReadAlternate(node),
            "command" => ReadCommand(node),
            "event" => ReadEvent(node),
            _ => throw Error($"'{kind}' is no kind of definition", node.Members[0].Key.Place),
        };
        if (conditions.Holds(node["if"]))
        {
            Definitions.Add(definition with
            {
                Marks = MemberReader.ReadMarks(node),
                Features = _members.ReadFeatures(node["features"]),
                Was = MemberReader.ReadFormerDefinition(node["was"]),
                Documentation = DocumentationParser.Read(expression.Comment),
            });
        }
    }

    private static Include ReadInclude(ObjectNode node)
    {
        node.AllowOnly("include");
        return new Include(node.Text("include"), node["include"]!.Place);
    }

    private void ReadPragma(ObjectNode node)
    {
        node.AllowOnly("pragma");
        if (node["pragma"] is not ObjectNode pragma)
        {
            throw Error("a pragma is an object", node.Place);
        }

        pragma.AllowOnly("program", "doc-required", "was");
        Was = MemberReader.ReadFormerDefinition(pragma["was"]);
        Program = pragma.Text("program");
        IsDocumentationRequired = pragma.Flag("doc-required");
    }

    private EnumDefinition ReadEnum(ObjectNode node)
    {
        node.AllowOnly(["enum", "data", .. Common]);
        return new EnumDefinition(node.Text("enum"), NamePlace(node), _members.ReadEnumValues(node.Required("data")));
    }

    private StructDefinition ReadStruct(ObjectNode node)
    {
        node.AllowOnly(["struct", "data", "base", .. Common]);
        return new StructDefinition(node.Text("struct"), NamePlace(node), ReadOptionalType(node, "base"), _members.ReadMembers(node.Required("data")));
    }

    private UnionDefinition ReadUnion(ObjectNode node)
    {
        node.AllowOnly(["union", "data", "base", "discriminator", .. Common]);
        Node baseNode = node.Required("base");
        return new UnionDefinition(
            node.Text("union"),
            NamePlace(node),
            baseNode is TextNode ? MemberReader.ReadType(baseNode) : null,
            baseNode is TextNode ? default : _members.ReadMembers(baseNode),
            node.Text("discriminator"),
            node.Required("discriminator").Place,
            _members.ReadBranches(node.Required("data")));
    }

    private AlternateDefinition ReadAlternate(ObjectNode node)
    {
        node.AllowOnly(["alternate", "data", .. Common]);
        return new AlternateDefinition(node.Text("alternate"), NamePlace(node), _members.ReadBranches(node.Required("data")));
    }

    private CommandDefinition ReadCommand(ObjectNode node)
    {
        node.AllowOnly(["command", "data", "returns", "boxed", "gen", "allow-oob", "allow-preconfig", "coroutine", .. Common]);
        (TypeReference? data, EquatableArray<Member> members) = ReadData(node);
        return new CommandDefinition(node.Text("command"), NamePlace(node), data, members, ReadOptionalType(node, "returns"))
        {
            IsBoxed = node.Flag("boxed"),
            AllowOob = node.Flag("allow-oob"),
            AllowPreconfig = node.Flag("allow-preconfig"),
            IsTyped = node["gen"] is not BoolNode { Value: false },
        };
    }

    private EventDefinition ReadEvent(ObjectNode node)
    {
        node.AllowOnly(["event", "data", "boxed", .. Common]);
        (TypeReference? data, EquatableArray<Member> members) = ReadData(node);
        return new EventDefinition(node.Text("event"), NamePlace(node), data, members) { IsBoxed = node.Flag("boxed") };
    }

    private (TypeReference? Named, EquatableArray<Member> InPlace) ReadData(ObjectNode node) => node["data"] switch
    {
        null => (null, default),
        TextNode text => (MemberReader.ReadType(text), default),
        var members => (null, _members.ReadMembers(members)),
    };

    private static TypeReference? ReadOptionalType(ObjectNode node, string key) => node[key] is { } type ? MemberReader.ReadType(type) : null;

    private static SourcePlace NamePlace(ObjectNode node) => node.Members[0].Value.Place;

    private static SchemaException Error(string message, SourcePlace place) => new(SchemaErrorKind.Expression, message, place);
}
