using QmpHost.Qapi;

namespace QmpHost.Block.Bitmaps;

/// <summary>What a client asks for when it adds a bitmap. That a name is needed is found here, before any node is looked for.</summary>
/// <param name="Name">The name.</param>
/// <param name="Granularity">Bytes for each bit, or null for the node's default.</param>
/// <param name="Persistent">Whether to store the bitmap in the image.</param>
/// <param name="Disabled">Whether to add it without recording.</param>
/// <exception cref="QmpException">The name is empty.</exception>
public sealed record DirtyBitmapAddition(string Name, long? Granularity = null, bool Persistent = false, bool Disabled = false)
{
    /// <summary>The name.</summary>
    public string Name { get; } = Name.Length > 0 ? Name : throw new QmpException("Bitmap name cannot be empty");
}
