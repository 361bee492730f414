using System.Text.Json.Nodes;

namespace QmpHost.Control.Rpc;

/// <summary>The documentation of the control interface in the OpenRPC format, made from the tables that calls are checked with.</summary>
internal static class OpenRpc
{
    private static readonly HashSet<string> Simple = ["string", "integer", "number", "boolean", "object", "array"];

    /// <summary>The document.</summary>
    public static JsonObject Document(IEnumerable<ControlMethod> methods)
    {
        var shapes = new JsonObject();
        foreach (IShape shape in Shapes.All)
        {
            shapes.Add(shape.Name, shape.Schema());
        }

        return new JsonObject
        {
            ["openrpc"] = "1.3.2",
            ["info"] = new JsonObject
            {
                ["title"] = "QmpHost control interface",
                ["version"] = "1",
                ["description"] = "JSON-RPC 2.0, one message on a line, on a unix socket or TCP on the loopback interface.",
            },
            ["methods"] = new JsonArray([.. methods.Select(Describe)]),
            ["components"] = new JsonObject { ["schemas"] = shapes },
        };
    }

    /// <summary>A schema of a value.</summary>
    public static JsonObject Schema(string type, string summary) => Simple.Contains(type)
        ? new JsonObject { ["type"] = type, ["description"] = summary }
        : new JsonObject { ["$ref"] = $"#/components/schemas/{type}" };

    private static JsonNode Describe(ControlMethod method) => new JsonObject
    {
        ["name"] = method.Name,
        ["summary"] = method.Summary,
        ["params"] = new JsonArray([.. method.Parameters.Select(static parameter => (JsonNode)new JsonObject
        {
            ["name"] = parameter.Name,
            ["description"] = parameter.Summary,
            ["required"] = parameter.IsRequired,
            ["schema"] = Schema(parameter.Type, parameter.Summary),
        })]),
        ["result"] = new JsonObject { ["name"] = "result", ["description"] = method.Result, ["schema"] = new JsonObject() },
    };
}
