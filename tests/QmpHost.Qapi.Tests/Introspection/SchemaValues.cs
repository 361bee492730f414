using CsCheck;

namespace QmpHost.Qapi.Tests.Introspection;

/// <summary>Random values of any type of the schema, made from the table that introspection uses; members stand in the order of the schema.</summary>
internal sealed class SchemaValues(IReadOnlyDictionary<string, IntrospectionEntry> types, VersionProfile profile)
{
    private const int DeepestNesting = 3;

    public Gen<QObject> Of(string type, int depth = 0)
    {
        if (type.StartsWith('['))
        {
            return Of(type[1..^1], depth + 1).List[0, depth < DeepestNesting ? 3 : 0].Select(ListOf);
        }

        return type switch
        {
            "str" => Gen.String.Select(QObject (s) => new QString(s)),
            "int" => Gen.Int[0, 127].Select(QObject (i) => new QNum((long)i)),
            // A whole number comes back as an integer, since the text does not tell.
            "number" => Gen.Int[-1000, 1000].Select(QObject (i) => new QNum(i + 0.3)),
            "bool" => Gen.Bool.Select(QObject (b) => QBool.From(b)),
            "null" => Gen.Const<QObject>(QNull.Instance),
            "any" => Gen.OneOf(Of("str"), Of("int"), Of("bool")),
            _ => OfEntry(types[type], depth),
        };
    }

    private Gen<QObject> OfEntry(IntrospectionEntry entry, int depth) => entry.Kind switch
    {
        Schema.SchemaMetaType.Enum => OneOf(Visible(entry.Members)).Select(QObject (m) => new QString(m.Name)),
        Schema.SchemaMetaType.Alternate when depth >= DeepestNesting && entry.Members.Any(m => m.Type == "str") => Of("str"),
        Schema.SchemaMetaType.Alternate => Gen.OneOf(entry.Members.Select(m => Of(m.Type, depth + 1)).ToArray()),
        _ when entry.Tag is not null => OfUnion(entry, depth),
        _ => OfMembers(entry.Members, depth),
    };

    private Gen<QObject> OfUnion(IntrospectionEntry entry, int depth) => OneOf(Visible(entry.Variants)).SelectMany(variant =>
    {
        if (variant.Type.Length > 0 && types[variant.Type] is { Tag: not null } inner)
        {
            return OfMembers(entry.Members, depth).SelectMany(outer => OfUnion(inner, depth).Select(QObject (rest) => Join((QDict)outer, (QDict)rest, entry.Tag!, variant.Name)));
        }

        IntrospectionMember[] own = variant.Type.Length == 0 ? [] : types[variant.Type].Members;
        return OfMembers([.. entry.Members, .. own], depth).Select(QObject (value) =>
        {
            ((QDict)value).Put(entry.Tag!, new QString(variant.Name));
            return value;
        });
    });

    private static QDict Join(QDict outer, QDict rest, string tag, string name)
    {
        var joined = new QDict();
        foreach ((string key, QObject value) in outer.Concat(rest))
        {
            joined.Put(key, value);
        }

        joined.Put(tag, new QString(name));
        return joined;
    }

    private Gen<QObject> OfMembers(IntrospectionMember[] members, int depth)
    {
        Gen<QDict> dict = Gen.Const(0).Select(_ => new QDict());
        foreach (IntrospectionMember member in Visible(members))
        {
            Gen<bool> present = member.IsOptional ? (depth >= DeepestNesting ? Gen.Const(false) : Gen.Bool) : Gen.Const(true);
            Gen<QObject?> value = present.SelectMany(p => p ? Of(member.Type, depth + 1).Select(QObject? (v) => v) : Gen.Bool.Select(QObject? (_) => null));
            dict = dict.SelectMany(_ => value, (d, v) =>
            {
                if (v is not null)
                {
                    d.Add(member.Name, v);
                }

                return d;
            });
        }

        return dict.Select(QObject (d) => d);
    }

    private IntrospectionMember[] Visible(IntrospectionMember[] members) => [.. members.Where(m => m.Marks.Include(profile))];

    private static Gen<T> OneOf<T>(T[] items) => Gen.Int[0, items.Length - 1].Select(i => items[i]);

    private static QObject ListOf(List<QObject> items)
    {
        var list = new QList();
        items.ForEach(list.Add);
        return list;
    }
}
