using QmpHost.Qapi.Generator.Linking;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits the sealed records of a union: one for each value of its discriminator, with the members of the branch beside those of the base.</summary>
internal sealed class BranchEmitter(SchemaIndex index, UnionDefinition union)
{
    private readonly IReadOnlyList<(EnumValue Value, Branch? Branch)> _cases = index.CasesOf(union);
    private readonly Member _discriminator = index.BaseMembersOf(union).First(m => m.Name == union.Discriminator);
    private readonly Member[] _others = [.. index.BaseMembersOf(union).Where(m => m.Name != union.Discriminator).OrderBy(m => m.IsOptional)];

    public void Emit(CodeWriter code)
    {
        foreach ((EnumValue value, Branch? branch) in _cases)
        {
            EnumDefinition values = (EnumDefinition)index.Find(_discriminator.Type.Name)!;
            string name = Names.EnumValue(value.Name);
            code.Line();
            code.Summary(Docs.OfMember(values, value.Name, branch is null ? value.Marks : value.Marks.Since is null ? branch.Marks : value.Marks));
            Emit(code, name, branch, $"{TypeMap.Qualified(values.Name)}.{name}");
        }

        code.Line();
        code.Summary($"A value of `{union.Discriminator}` that no release which the schema knows has. It is read only, not written.");
        Emit(code, Names.UnknownBranch, null, $"({TypeMap.CSharp(_discriminator.Type)})(-1)");
    }

    private void Emit(CodeWriter code, string name, Branch? branch, string discriminator)
    {
        code.Open($"public sealed record {name} : {union.Name}");
        code.Line("/// <inheritdoc/>");
        code.Line($"public override {MemberEmitter.CSharp(_discriminator)} {Names.Property(_discriminator.Name, union.Name)} => {discriminator};");
        code.Line();
        string marker = Names.BranchInterface(union.Name);
        if (branch is null)
        {
            code.Line($"internal override {marker}? Branch => null;");
            EmitFrom(code, name, null, []);
        }
        else if (index.Find(branch.Type.Name) is UnionDefinition inner)
        {
            string property = Names.Property(inner.Name, name);
            code.Summary(Docs.OfType(inner));
            code.Line($"public required {TypeMap.CSharp(branch.Type)} {property} {{ get; init; }}");
            code.Line();
            code.Line($"internal override {marker}? Branch => {property};");
            EmitFrom(code, name, branch, [$"{property} = branch"]);
        }
        else
        {
            EmitMembers(code, name, branch, marker);
        }

        code.Close();
    }

    private void EmitMembers(CodeWriter code, string name, Branch branch, string marker)
    {
        string type = branch.Type.Name;
        IReadOnlyList<Member> members = index.MembersOf(type);
        foreach (Member member in members.Where(m => !IsInBase(m)))
        {
            string documentation = Docs.OfMember(index.DocumentationOf(index.Find(type)!, member.Name), member.Name, member.Marks);
            MemberEmitter.EmitProperty(code, name, member, documentation, IsBranch(Names.Property(member.Name, name)) ? "new " : "");
        }

        string own = string.Join(", ", members.Select(m => $"{Names.Property(m.Name, type)} = this.{Names.Property(m.Name, name)}"));
        code.Line($"internal override {marker}? Branch => new {TypeMap.Qualified(type)} {{ {own} }};");
        EmitFrom(code, name, branch, members.Select(m => $"{Names.Property(m.Name, name)} = {ValueOf(m, type)}"));
    }

    // One that has moved from the base to the branch with a release is one property: what the release has is what counts.
    private bool IsInBase(Member member) => _others.Any(m => m.Name == member.Name);

    private string ValueOf(Member member, string type)
    {
        string own = $"branch.{Names.Property(member.Name, type)}";
        string shared = Names.Parameter(member.Name);
        string compare = $"global::System.Collections.Generic.EqualityComparer<{MemberEmitter.CSharp(member)}>.Default.Equals({shared}, default!)";
        return IsInBase(member) ? $"{compare} ? {own} : {shared}" : own;
    }

    // A property may be called as another branch is, which it hides: nobody looks for a branch in a branch.
    private bool IsBranch(string property) => property == Names.UnknownBranch || _cases.Any(c => Names.EnumValue(c.Value.Name) == property);

    private void EmitFrom(CodeWriter code, string name, Branch? branch, IEnumerable<string> values)
    {
        string[] parameters =
        [
            .. branch is null ? [] : new[] { $"{TypeMap.CSharp(branch.Type)} branch" },
            .. _others.Select(m => $"{MemberEmitter.CSharp(m)} {Names.Parameter(m.Name)}"),
        ];
        var moved = new HashSet<string>(branch is null ? [] : index.MembersOf(branch.Type.Name).Select(m => m.Name));
        string[] all = [.. _others.Where(m => !moved.Contains(m.Name)).Select(m => $"{Names.Property(m.Name, union.Name)} = {Names.Parameter(m.Name)}"), .. values];
        string initializer = all.Length == 0 ? "()" : $" {{ {string.Join(", ", all)} }}";
        code.Line();
        code.Line($"internal static {name} From({string.Join(", ", parameters)}) => new {name}{initializer};");
    }
}
