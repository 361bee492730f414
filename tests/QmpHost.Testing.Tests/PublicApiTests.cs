using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NUnit.Framework;

namespace QmpHost.Testing.Tests;

/// <summary>
/// What the packages offer is written down, so that nothing of it changes unnoticed. With QMPHOST_UPDATE_API set, the test writes the
/// lists instead; then read the difference: whatever goes or changes breaks somebody's code, and what comes has to be kept.
/// </summary>
[TestFixture]
internal sealed class PublicApiTests
{
    private static readonly SymbolDisplayFormat Format = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints,
        memberOptions: SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeModifiers
            | SymbolDisplayMemberOptions.IncludeAccessibility | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeConstantValue,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeDefaultValue
            | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeExtensionThis,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        kindOptions: SymbolDisplayKindOptions.IncludeTypeKeyword | SymbolDisplayKindOptions.IncludeMemberKeyword,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier
            | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    // What a record has by being one says nothing.
    private static readonly string[] OfRecords =
        ["Equals", "GetHashCode", "ToString", "op_Equality", "op_Inequality", "PrintMembers", "<Clone>$", "EqualityContract", "Deconstruct"];

    [TestCase("QmpHost.Client", "QmpHost.Client")]
    [TestCase("QmpHost.Qapi", "QmpHost.Qapi")]
    [TestCase("QmpHost.Hosting", "QmpHost.Hosting")]
    [TestCase("QmpHost.Machine", "QmpHost.Machine.Clocks")]
    [TestCase("QmpHost.Control", "QmpHost.Control")]
    [TestCase("QmpHost.Testing", "QmpHost.Testing")]
    public void What_is_public_is_as_listed(string assembly, string root)
    {
        string path = Path.Combine(Path.GetDirectoryName(ThisFile())!, "PublicApi", root + ".txt");
        string text = Describe(assembly, root);
        if (Environment.GetEnvironmentVariable("QMPHOST_UPDATE_API") is not null)
        {
            File.WriteAllText(path, text);
        }

        Assert.That(
            text.Split('\n'),
            Is.EqualTo(File.ReadAllText(path).Split('\n')),
            "The public surface has changed. If that is meant, run this test with QMPHOST_UPDATE_API=1 and say it in CHANGELOG.md.");
    }

    private static string Describe(string assembly, string root)
    {
        string platform = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        MetadataReference[] references = [.. platform.Split(Path.PathSeparator).Select(static path => MetadataReference.CreateFromFile(path))];
        MetadataReference described = references.Single(r => Path.GetFileNameWithoutExtension(r.Display) == assembly);
        var found = (IAssemblySymbol)CSharpCompilation.Create("Described", references: references).GetAssemblyOrModuleSymbol(described)!;
        INamedTypeSymbol[] types = [.. TypesOf(found.GlobalNamespace).Where(type => IsListed(type, root)).OrderBy(NameOf, StringComparer.Ordinal)];
        var text = new StringBuilder();
        foreach (INamedTypeSymbol type in types)
        {
            text.Append(NameOf(type)).Append(": ").Append(KindOf(type)).Append('\n');
            foreach (string member in MembersOf(type))
            {
                text.Append("    ").Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    private static IEnumerable<INamedTypeSymbol> TypesOf(INamespaceOrTypeSymbol container) => container.GetMembers().SelectMany(static member => member switch
    {
        INamespaceSymbol inner => TypesOf(inner),
        INamedTypeSymbol type when IsPublic(type) => TypesOf(type).Prepend(type),
        _ => [],
    });

    // The schema is written down itself, and what differs between releases in a table that grows with each.
    private static bool IsListed(INamedTypeSymbol type, string root)
    {
        string space = type.ContainingNamespace.ToDisplayString();
        return (space == root || space.StartsWith(root + ".", StringComparison.Ordinal)) && space != "QmpHost.Qapi.Schema" && type.Name != "Behaviour";
    }

    private static IEnumerable<string> MembersOf(INamedTypeSymbol type)
    {
        // The commands of a domain come from the schema.
        bool isGenerated = type.Name.EndsWith("Commands", StringComparison.Ordinal) && type.ContainingNamespace.Name == "Client";
        IEnumerable<ISymbol> members = isGenerated ? [] : type.GetMembers().Where(member => IsPublic(member) && IsTold(member, type));
        return members.Select(static member => member.ToDisplayString(Format)).Order(StringComparer.Ordinal);
    }

    private static bool IsTold(ISymbol member, INamedTypeSymbol type) => member switch
    {
        INamedTypeSymbol => false,
        IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters.Length: 0 } => type.TypeKind == TypeKind.Class,
        IMethodSymbol { MethodKind: MethodKind.PropertyGet or MethodKind.PropertySet or MethodKind.EventAdd or MethodKind.EventRemove } => false,
        _ => !OfRecords.Contains(member.Name),
    };

    private static bool IsPublic(ISymbol symbol)
        => symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;

    private static string NameOf(INamedTypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat);

    private static string KindOf(INamedTypeSymbol type)
    {
        string modifiers = type switch
        {
            { IsStatic: true } => "static ",
            { IsAbstract: true, TypeKind: TypeKind.Class } => "abstract ",
            { IsSealed: true, TypeKind: TypeKind.Class } => "sealed ",
            { IsReadOnly: true } => "readonly ",
            _ => string.Empty,
        };
        string kind = type.TypeKind == TypeKind.Class && type.IsRecord ? "record" : type.TypeKind.ToString().ToLowerInvariant();
        string[] bases = [.. new[] { type.BaseType }.Concat(type.Interfaces)
            .Where(static b => b is { SpecialType: SpecialType.None } && b.DeclaredAccessibility == Accessibility.Public && b.Name is not ("IEquatable" or "MulticastDelegate"))
            .Select(static b => b!.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat))];
        return modifiers + kind + (bases.Length == 0 ? string.Empty : " of " + string.Join(", ", bases));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
