namespace QmpHost.Block.Bitmaps;

/// <summary>What a client asks for when it adds a bitmap.</summary>
/// <param name="Name">The name.</param>
/// <param name="Granularity">Bytes for each bit, or null for the node's default.</param>
/// <param name="Persistent">Whether to store the bitmap in the image.</param>
/// <param name="Disabled">Whether to add it without recording.</param>
public sealed record DirtyBitmapAddition(string Name, long? Granularity = null, bool Persistent = false, bool Disabled = false);
