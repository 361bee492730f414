namespace QmpHost.Block.Graph;

/// <summary>The kinds of requests that are counted apart.</summary>
public enum AccountingType
{
    /// <summary>Reads.</summary>
    Read,

    /// <summary>Writes.</summary>
    Write,

    /// <summary>Flushes.</summary>
    Flush,

    /// <summary>Discards.</summary>
    Unmap,

    /// <summary>Appends to a zone; there are no zoned devices, so that there are none.</summary>
    ZoneAppend,
}
