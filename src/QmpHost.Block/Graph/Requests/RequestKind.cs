namespace QmpHost.Block.Graph.Requests;

/// <summary>What a tracked request does.</summary>
internal enum RequestKind
{
    Read,
    Write,
    Discard,
    Truncate,
}
