using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace QmpHost.Control.Rpc;

/// <summary>A call, as the library's request: its method is decided by the interface, not by the library.</summary>
internal sealed class ControlRequest : JsonRpcRequest
{
    /// <summary>The library's name of every call.</summary>
    public const string LibraryMethod = "call";

    public ControlRequest() => Method = LibraryMethod;

    /// <summary>The method that is called.</summary>
    public string Called { get; init; } = string.Empty;

    /// <summary>Its parameters: an object, a list or undefined.</summary>
    public JsonElement Parameters { get; init; }

    /// <summary>What is wrong with it, or null.</summary>
    public ControlException? Mistake { get; init; }

    public override int ArgumentCount => 0;

    /// <summary>Reads a call.</summary>
    /// <param name="message">The message.</param>
    public static ControlRequest Read(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object)
        {
            return Wrong(ControlException.InvalidRequest, "A request is an object; batches are not taken.", RequestId.Null);
        }

        RequestId id = message.TryGetProperty("id", out JsonElement given) ? ReadId(given) : RequestId.NotSpecified;
        if (!message.TryGetProperty("method", out JsonElement method) || method.ValueKind != JsonValueKind.String)
        {
            return Wrong(ControlException.InvalidRequest, "A request has a member 'method' with a name.", id.IsEmpty ? RequestId.Null : id);
        }

        message.TryGetProperty("params", out JsonElement parameters);
        return new ControlRequest { Called = method.GetString()!, Parameters = parameters, RequestId = id };
    }

    public static ControlRequest Wrong(int code, string text, RequestId id) => new() { Mistake = new ControlException(code, text), RequestId = id };

    public override ArgumentMatchResult TryGetTypedArguments(ReadOnlySpan<ParameterInfo> parameters, Span<object?> typedArguments) => ArgumentMatchResult.Success;

    private static RequestId ReadId(JsonElement id) => id.ValueKind switch
    {
        JsonValueKind.String => new RequestId(id.GetString()),
        JsonValueKind.Number when id.TryGetInt64(out long number) => new RequestId(number),
        _ => RequestId.Null,
    };
}

/// <summary>Something that clients are told without having asked.</summary>
internal sealed class ControlNotification : JsonRpcRequest
{
    public ControlNotification(string method, JsonObject content)
    {
        Method = method;
        Content = content;
    }

    /// <summary>What they are told.</summary>
    public JsonObject Content { get; }
}
