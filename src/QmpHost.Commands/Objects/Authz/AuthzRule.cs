using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Authz;

/// <summary>A rule of an access list.</summary>
/// <param name="Match">The pattern.</param>
/// <param name="Policy">What to do with identities that match.</param>
/// <param name="Format">How the pattern is compared, or null for exactly.</param>
internal sealed record AuthzRule(string Match, string Policy, string? Format)
{
    private static readonly string[] Policies = ["deny", "allow"];
    private static readonly string[] Formats = ["exact", "glob"];

    /// <summary>Reads a rule as the schema describes it.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="QmpException">It is none.</exception>
    public static AuthzRule Read(QObject value)
    {
        QDict members = new StrictValueReader("rules", value).ReadStruct();
        string match = Member(members, "match")?.ReadString() ?? throw new QmpException("Parameter 'match' is missing");
        string policy = Member(members, "policy")?.ReadEnum(Policies) ?? throw new QmpException("Parameter 'policy' is missing");
        return new AuthzRule(match, policy, Member(members, "format")?.ReadEnum(Formats));
    }

    /// <summary>Whether the rule speaks of an identity.</summary>
    /// <param name="identity">The identity.</param>
    /// <returns>Whether it does.</returns>
    public bool Matches(string identity)
        => Format == "glob" ? MatchesGlob(Match, identity) : string.Equals(Match, identity, StringComparison.Ordinal);

    /// <summary>Writes the rule as the schema describes it.</summary>
    /// <returns>The value.</returns>
    public QDict Describe()
    {
        var members = new QDict { ["match"] = new QString(Match), ["policy"] = new QString(Policy) };
        if (Format is not null)
        {
            members["format"] = new QString(Format);
        }

        return members;
    }

    private static StrictValueReader? Member(QDict members, string name)
        => members.TryGetValue(name, out QObject? value) ? new StrictValueReader(name, value) : null;

    // Any text for *, any character for ?, and itself for everything else; brackets mean nothing. In time that grows with the
    // product of both lengths at most, whatever the pattern is.
    private static bool MatchesGlob(string pattern, string text)
    {
        int p = 0;
        int star = -1;
        int resume = 0;
        for (int t = 0; t < text.Length;)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = t;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t]))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++resume;
            }
            else
            {
                return false;
            }
        }

        return pattern.AsSpan(p).TrimStart('*').IsEmpty;
    }
}
