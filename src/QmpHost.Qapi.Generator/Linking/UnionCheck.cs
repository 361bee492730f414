using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Linking;

/// <summary>Checks a flat union: its discriminator, and that each branch is for a value and adds members of its own.</summary>
internal sealed class UnionCheck(SchemaIndex index, TypeCheck types, List<SchemaError> errors)
{
    public void Check(UnionDefinition union)
    {
        if (union.Base is { } parent)
        {
            if (!types.CheckReference(parent))
            {
                return;
            }

            if (parent.IsList || index.Find(parent.Name) is not StructDefinition)
            {
                errors.Add(new SchemaError(SchemaErrorKind.Type, $"the base '{parent.Name}' is no struct", parent.Place));
                return;
            }
        }

        if (union.Branches.Count == 0)
        {
            Add($"the union '{union.Name}' has no branch", union.Place);
        }

        if (FindDiscriminator(union) is { } values)
        {
            CheckBranches(union, values);
        }
    }

    private EnumDefinition? FindDiscriminator(UnionDefinition union)
    {
        Member? member = index.BaseMembersOf(union).FirstOrDefault(m => m.Name == union.Discriminator);
        if (member is null)
        {
            Add($"the discriminator '{union.Discriminator}' is no member of the base", union.DiscriminatorPlace);
            return null;
        }

        if (member.IsOptional)
        {
            Add($"the discriminator '{union.Discriminator}' must not be optional", union.DiscriminatorPlace);
            return null;
        }

        if (!member.Type.IsList && index.Find(member.Type.Name) is EnumDefinition values)
        {
            return values;
        }

        Add($"the discriminator '{union.Discriminator}' must be of an enum type", union.DiscriminatorPlace);
        return null;
    }

    private void CheckBranches(UnionDefinition union, EnumDefinition values)
    {
        foreach (Branch branch in union.Branches)
        {
            if (values.Values.All(v => v.Name != branch.Name))
            {
                Add($"the branch '{branch.Name}' is no value of '{values.Name}'", branch.Place);
            }

            if (!types.CheckReference(branch.Type))
            {
                continue;
            }

            if (branch.Type.IsList || index.Find(branch.Type.Name) is not (StructDefinition or UnionDefinition))
            {
                Add($"the branch '{branch.Name}' must be a struct or a union", branch.Type.Place);
                continue;
            }

            foreach (Member member in index.MembersOf(branch.Type.Name).Where(m => index.BaseMembersOf(union).Any(b => b.Name == m.Name && !IsGoneBefore(b, branch))))
            {
                Add($"the member '{member.Name}' of branch '{branch.Name}' is in the base, too", branch.Place);
            }
        }
    }

    // A member may have moved from the base to the branches.
    private static bool IsGoneBefore(Member member, Branch branch)
        => member.Marks.Removed is { } end && branch.Marks.Since is { } start && !end.IsAfter(start);

    private void Add(string message, SourcePlace place) => errors.Add(new SchemaError(SchemaErrorKind.Union, message, place));
}
