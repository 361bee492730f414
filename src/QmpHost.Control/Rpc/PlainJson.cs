using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace QmpHost.Control.Rpc;

/// <summary>How documents are written without reflection.</summary>
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class PlainJson : JsonSerializerContext;
