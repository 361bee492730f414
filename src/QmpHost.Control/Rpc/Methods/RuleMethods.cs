using System.Text.Json.Nodes;

namespace QmpHost.Control.Rpc.Methods;

/// <summary>Rules.</summary>
internal static class RuleMethods
{
    public static IReadOnlyList<ControlMethod> All { get; } =
    [
        new("rules.add", "Adds a rule by which a host fails.", [ControlParameter.Host, new("rule", "rule", "The rule.", IsRequired: true)], "The rule.",
            static async call => RuleJson.Of(await call.Host.Control.Rules.AddAsync(Shapes.Rule.Read(call.Object("rule")!.Value)))),
        new("rules.list", "Lists the rules in force and how many times each was applied.", [ControlParameter.Host], "The rules.", static async call =>
            new JsonArray([.. (await call.Host.Control.Rules.ListAsync()).Select(static rule => (JsonNode)RuleJson.Of(rule))])),
        new("rules.remove", "Takes a rule out of force.", [ControlParameter.Host, new("rule", "integer", "Its number.", IsRequired: true)], "Nothing.",
            static async call => await call.Host.Control.Rules.RemoveAsync((int)call.Integer("rule"))
                ? null
                : throw ControlException.Refuse($"There is no rule {call.Integer("rule")}.")),
        new("rules.clear", "Takes all rules out of force.", [ControlParameter.Host], "Nothing.", static async call =>
        {
            await call.Host.Control.Rules.ClearAsync();
            return null;
        }),
    ];
}
