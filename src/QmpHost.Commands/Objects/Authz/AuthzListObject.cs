using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Net.Tls;
using QmpHost.Qapi;

namespace QmpHost.Commands.Objects.Authz;

/// <summary>authz-list: rules, of which the first that matches decides.</summary>
/// <param name="tree">The tree that it will be in.</param>
public sealed class AuthzListObject(QomTree tree) : UserObject(QomClass, tree), ITlsAuthorization
{
    private static readonly string[] Policies = ["deny", "allow"];

    private string _policy = Policies[0];
    private IReadOnlyList<AuthzRule> _rules = [];

    /// <summary>The class "authz-list".</summary>
    public static QomClass QomClass { get; } = new("authz-list", AuthzBase.QomClass,
    [
        new()
        {
            Name = "policy",
            Type = "QAuthZListPolicy",
            Get = static o => new QString(((AuthzListObject)o)._policy),
            Set = static (o, reader) =>
            {
                ((AuthzListObject)o)._policy = reader.ReadEnum(Policies);
                return default;
            },
        },
        new()
        {
            Name = "rules",
            Type = "QAuthZListRule",
            Get = static o => ((AuthzListObject)o).DescribeRules(),
            Set = static (o, reader) =>
            {
                ((AuthzListObject)o)._rules = [.. reader.ReadList().Select(AuthzRule.Read)];
                return default;
            },
        },
    ]);

    /// <inheritdoc/>
    public bool IsAllowed(string identity)
        => (_rules.FirstOrDefault(rule => rule.Matches(identity))?.Policy ?? _policy) == "allow";

    private QList DescribeRules()
    {
        var list = new QList();
        foreach (AuthzRule rule in _rules)
        {
            list.Add(rule.Describe());
        }

        return list;
    }
}
