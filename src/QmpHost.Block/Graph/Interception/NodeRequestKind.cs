namespace QmpHost.Block.Graph.Interception;

/// <summary>What a request asks of a node's driver.</summary>
public enum NodeRequestKind
{
    /// <summary>Reads data.</summary>
    Read,

    /// <summary>Writes data, compressed or not.</summary>
    Write,

    /// <summary>Makes an area read as zeroes, by the driver's own means.</summary>
    WriteZeroes,

    /// <summary>Drops the contents of an area.</summary>
    Discard,

    /// <summary>Makes everything written stable.</summary>
    Flush,

    /// <summary>Changes the length; the area is the new length from 0.</summary>
    Truncate,

    /// <summary>Asks what an area holds.</summary>
    BlockStatus,
}
