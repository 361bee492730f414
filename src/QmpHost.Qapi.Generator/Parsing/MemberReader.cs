using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Parsing;

/// <summary>Reads what definitions consist of: members, values, branches, features and release marks.</summary>
internal sealed class MemberReader(SchemaConditions conditions)
{
    public static TypeReference ReadType(Node node) => node switch
    {
        TextNode text => new TypeReference(text.Text, IsList: false, text.Place),
        ListNode { Items.Count: 1 } list when list.Items[0] is TextNode text => new TypeReference(text.Text, IsList: true, text.Place),
        _ => throw Error("a type is a name, or a list of one name", node.Place),
    };

    public static Marks ReadMarks(ObjectNode node) => new(ReadRelease(node, "since"), ReadRelease(node, "removed"));

    public EquatableArray<Member> ReadMembers(Node node)
    {
        if (node is not ObjectNode members)
        {
            throw Error("members are given as an object", node.Place);
        }

        var result = new List<Member>();
        foreach (KeyValuePair<TextNode, Node> member in members.Members)
        {
            string name = member.Key.Text;
            bool optional = name.StartsWith("*", StringComparison.Ordinal);
            ObjectNode? form = LongForm(member.Value, "type", "features", "was");
            if (conditions.Holds(form?["if"]))
            {
                result.Add(new Member(
                    optional ? name.Substring(1) : name,
                    ReadType(form?.Required("type") ?? member.Value),
                    optional,
                    MarksOf(form),
                    ReadFeatures(form?["features"]),
                    member.Key.Place)
                {
                    Was = ReadFormer(form?["was"]),
                });
            }
        }

        return result.ToEquatable();
    }

    public EquatableArray<EnumValue> ReadEnumValues(Node node)
    {
        var result = new List<EnumValue>();
        foreach (Node item in ListOf(node, "the values of an enum are given as a list"))
        {
            ObjectNode? form = LongForm(item, "name", "features");
            if (conditions.Holds(form?["if"]))
            {
                result.Add(new EnumValue(NameOf(item, form), MarksOf(form), ReadFeatures(form?["features"]), item.Place));
            }
        }

        return result.ToEquatable();
    }

    public EquatableArray<Branch> ReadBranches(Node node)
    {
        if (node is not ObjectNode branches)
        {
            throw Error("branches are given as an object", node.Place);
        }

        var result = new List<Branch>();
        foreach (KeyValuePair<TextNode, Node> branch in branches.Members)
        {
            ObjectNode? form = LongForm(branch.Value, "type");
            if (conditions.Holds(form?["if"]))
            {
                result.Add(new Branch(branch.Key.Text, ReadType(form?.Required("type") ?? branch.Value), MarksOf(form), branch.Key.Place));
            }
        }

        return result.ToEquatable();
    }

    public EquatableArray<Feature> ReadFeatures(Node? node)
    {
        if (node is null)
        {
            return default;
        }

        var result = new List<Feature>();
        foreach (Node item in ListOf(node, "features are given as a list"))
        {
            ObjectNode? form = LongForm(item, "name");
            if (conditions.Holds(form?["if"]))
            {
                result.Add(new Feature(NameOf(item, form), MarksOf(form)));
            }
        }

        return result.ToEquatable();
    }

    /// <summary>Reads how a definition was listed before a release.</summary>
    public static FormerDefinition? ReadFormerDefinition(Node? node)
    {
        if (node is null)
        {
            return null;
        }

        ObjectNode former = FormerOf(node, "order", "struct");
        IEnumerable<string> order = former["order"] is { } list
            ? ListOf(list, "an order is a list of names").Select(static n => n is TextNode text ? text.Text : throw Error("expected a name", n.Place))
            : [];
        return new FormerDefinition(UntilOf(former), order.ToEquatable(), former.Flag("struct"));
    }

    private static FormerMember? ReadFormer(Node? node)
    {
        if (node is null)
        {
            return null;
        }

        ObjectNode former = FormerOf(node, "type", "optional");
        return new FormerMember(
            UntilOf(former),
            former["type"] is { } type ? ReadType(type) : null,
            former["optional"] is null ? null : former.Flag("optional"));
    }

    private static ObjectNode FormerOf(Node node, params string[] keys)
    {
        if (node is not ObjectNode former)
        {
            throw Error("'was' takes an object", node.Place);
        }

        former.AllowOnly(["until", .. keys]);
        return former;
    }

    private static Release UntilOf(ObjectNode former)
    {
        former.Required("until");
        return ReadRelease(former, "until")!.Value;
    }

    private static IReadOnlyList<Node> ListOf(Node node, string message) => node is ListNode list ? list.Items : throw Error(message, node.Place);

    private static string NameOf(Node item, ObjectNode? form) => form?.Text("name") ?? ((TextNode)item).Text;

    private static Marks MarksOf(ObjectNode? form) => form is null ? Marks.None : ReadMarks(form);

    // Everything that is written as a name or type has a long form, an object with more to say about it.
    private static ObjectNode? LongForm(Node node, params string[] keys)
    {
        switch (node)
        {
            case ObjectNode form:
                form.AllowOnly([.. keys, "if", "since", "removed"]);
                form.Required(keys[0]);
                return form;
            case TextNode:
            case ListNode when keys[0] == "type":
                return null;
            default:
                throw Error($"expected a name, or an object with key '{keys[0]}'", node.Place);
        }
    }

    private static Release? ReadRelease(ObjectNode node, string key)
    {
        if (node[key] is null)
        {
            return null;
        }

        return Release.TryParse(node.Text(key), out Release release)
            ? release
            : throw Error($"'{key}' takes a release such as '7.2'", node[key]!.Place);
    }

    private static SchemaException Error(string message, SourcePlace place) => new(SchemaErrorKind.Expression, message, place);
}
