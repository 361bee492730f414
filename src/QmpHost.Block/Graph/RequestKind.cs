namespace QmpHost.Block.Graph;

/// <summary>What a tracked request does.</summary>
internal enum RequestKind
{
    Read,
    Write,
    Discard,
    Truncate,
}
