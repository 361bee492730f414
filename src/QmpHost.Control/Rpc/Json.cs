using System.Text.Json.Nodes;
using QmpHost.Control.Gates;
using QmpHost.Control.Recording;
using QmpHost.Control.Rules;

namespace QmpHost.Control.Rpc;

/// <summary>Gates as clients see them.</summary>
internal static class GateJson
{
    public static JsonObject Of(Gate gate) => new()
    {
        ["gate"] = gate.Id,
        ["for"] = gate.Description,
        ["state"] = gate.State.ToString().ToLowerInvariant(),
        ["held"] = gate.Held,
    };
}

/// <summary>Rules as clients see them.</summary>
internal static class RuleJson
{
    public static JsonObject Of(ActiveRule rule) => new() { ["rule"] = rule.Id, ["name"] = rule.Rule.Name, ["hits"] = rule.Hits };
}

/// <summary>Entries of a record as clients see them.</summary>
internal static class RecordJson
{
    public static JsonObject Of(RecordEntry entry) => new()
    {
        ["number"] = entry.Number,
        ["time"] = entry.Time.ToUnixTimeMilliseconds() / 1000.0,
        ["client"] = entry.Client,
        ["kind"] = entry.Kind.ToString().ToLowerInvariant(),
        ["name"] = entry.Name,
        ["text"] = entry.Text,
    };
}
