using System.Collections.Concurrent;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Facts;

/// <summary>The models of processors of a release of QEMU, under its own translator.</summary>
/// <remarks>May be used from any thread.</remarks>
public sealed class CpuModelFacts
{
    private const string Typename = "-x86_64-cpu";
    private static readonly ConcurrentDictionary<QemuRelease, Lazy<CpuModelFacts>> Releases = new();

    private readonly QDict _expansions;

    private CpuModelFacts(QDict file, VersionProfile profile)
    {
        HelpLines = file.Texts("help");
        Definitions = [.. file.Objects("definitions").Select(item => CpuDefinitionInfo.Visit(new QapiInputVisitor(profile), null, item))];
        _expansions = file.Object("expansions");
    }

    /// <summary>The lines of "-cpu help".</summary>
    public IReadOnlyList<string> HelpLines { get; }

    /// <summary>query-cpu-definitions.</summary>
    public IReadOnlyList<CpuDefinitionInfo> Definitions { get; }

    /// <summary>The models of a profile's release.</summary>
    /// <param name="profile">The profile.</param>
    public static CpuModelFacts Of(VersionProfile profile)
        => Releases.GetOrAdd(
            FactFile.ReleaseOf(profile),
            static (release, profile) => new(() => new CpuModelFacts(FactFile.Read(release, "cpu-models"), profile)),
            profile).Value;

    /// <summary>The name of the type of a model's processors.</summary>
    /// <param name="model">The model.</param>
    public static string TypeOf(string model) => model + Typename;

    /// <summary>The model of a type of processors, or the name of the type where it is another type.</summary>
    /// <param name="type">The type.</param>
    public static string ModelOf(string type) => type.EndsWith(Typename, StringComparison.Ordinal) ? type[..^Typename.Length] : type;

    /// <summary>Whether there is a model.</summary>
    /// <param name="model">Its name.</param>
    public bool Has(string model) => _expansions.Object("full").Object("models").ContainsKey(model);

    /// <summary>The properties of a model.</summary>
    /// <param name="model">A model that there is.</param>
    /// <param name="type">Whether all of them, or those that do not depend on the release.</param>
    /// <returns>The caller's own object.</returns>
    public QDict Expand(string model, CpuModelExpansionType type)
    {
        QDict kind = _expansions.Object(type.ToWire());
        QDict description = kind.Object("models").Object(model);
        QDict differences = description.Object("but");
        var properties = new QDict();
        // Of members in one bucket the one that was added later is written first.
        foreach ((string name, QObject value) in ((QDict)((QList)kind["whole"]!)[(int)description["as"]!.Number()]).Reverse())
        {
            properties.Put(name, differences.Find(name) ?? value);
        }

        return properties;
    }

    /// <summary>The properties of processors of a model that were told to have or to lack some more.</summary>
    /// <param name="model">A model that there is.</param>
    /// <param name="given">What they were told, of the types that the properties have.</param>
    /// <returns>The caller's own object; "unavailable-features" lists what the translator does not offer of all that.</returns>
    public QDict Configure(string model, QDict given)
    {
        QDict properties = Expand(model, CpuModelExpansionType.Full);
        QDict best = Expand("max", CpuModelExpansionType.Full);
        ILookup<string, string> spellings = properties.Select(static property => property.Key).ToLookup(Canonical, StringComparer.Ordinal);
        List<string> missing = [.. Definitions.FirstOrDefault(definition => definition.Name == model)?.UnavailableFeatures ?? []];
        foreach (string name in missing)
        {
            Put(properties, spellings, name, QBool.False);
        }

        foreach ((string name, QObject value) in given)
        {
            bool isOffered = value is not QBool { Value: true } || best.Find(name) is not QBool { Value: false } || IsNoFeature(name);
            Put(properties, spellings, name, isOffered ? value : QBool.False);
            missing.RemoveAll(other => Canonical(other) == Canonical(name));
            if (!isOffered)
            {
                missing.Add(name);
            }
        }

        var names = new QList();
        foreach (string name in missing)
        {
            names.Add(new QString(name));
        }

        properties.Put("unavailable-features", names);
        return properties;
    }

    private static void Put(QDict properties, ILookup<string, string> spellings, string name, QObject value)
    {
        foreach (string spelling in spellings[Canonical(name)])
        {
            properties.Put(spelling, value);
        }
    }

    // A feature has several spellings, which are properties each.
    private static string Canonical(string name) => name.Replace('_', '-').Replace('.', '-') switch
    {
        "pni" => "sse3",
        "pclmulqdq" => "pclmuldq",
        "nx" => "xd",
        "ffxsr" => "fxsr-opt",
        "lm" => "i64",
        var other => other,
    };

    // Switches of the processor's model that no register tells of.
    private static bool IsNoFeature(string name)
        => name.StartsWith("hv-", StringComparison.Ordinal) || name.StartsWith("x-", StringComparison.Ordinal)
            || name is "check" or "enforce" or "pmu" or "lmce" or "migratable" or "cpuid" or "l3-cache" or "host-cache-info" or "legacy-cache" or "vmware-cpuid-freq"
                or "fill-mtrr-mask" or "full-cpuid-auto-level" or "cpuid-0xb" or "tcg-cpuid" or "start-powered-off" or "host-phys-bits" or "kvm";

    /// <summary>query-cpu-model-expansion.</summary>
    /// <param name="type">How far the model is expanded.</param>
    /// <param name="model">The model, and properties that differ from its own.</param>
    /// <exception cref="QmpException">There is no such model, or it has no such property.</exception>
    public CpuModelInfo Expand(CpuModelExpansionType type, CpuModelInfo model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!Has(model.Name))
        {
            throw new QmpException($"CPU model '{model.Name}' not found");
        }

        QDict properties = Expand(model.Name, type);
        if (model.Props is QDict given)
        {
            Apply(given, TypeOf(model.Name), Expand(model.Name, CpuModelExpansionType.Full), properties);
        }

        return new CpuModelInfo { Name = type == CpuModelExpansionType.Static ? "base" : model.Name, Props = properties };
    }

    // The translator cannot offer what its best model has not.
    private void Apply(QDict given, string typeName, QDict all, QDict properties)
    {
        QDict best = Expand("max", CpuModelExpansionType.Full);
        foreach ((string name, QObject value) in given)
        {
            if (!all.TryGetValue(name, out QObject? own))
            {
                throw new QmpException($"Property '{typeName}.{name}' not found");
            }

            if (own.Kind != value.Kind)
            {
                throw new QmpException($"Invalid parameter type for '{name}', expected: {Expected(own)}");
            }

            if (properties.ContainsKey(name) && (value is not QBool { Value: true } || best.Find(name) is not QBool { Value: false }))
            {
                properties.Put(name, value);
            }
        }
    }

    private static string Expected(QObject value) => value.Kind switch
    {
        QObjectKind.Bool => "boolean",
        QObjectKind.Number => "integer",
        _ => "string",
    };
}
