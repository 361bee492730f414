namespace QmpHost.Block.Bitmaps;

/// <summary>The side of a format driver that keeps bitmaps inside the image.</summary>
public interface IPersistentBitmapStore
{
    /// <summary>Checks that one more bitmap could be stored.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="granularity">Its granularity in bytes.</param>
    /// <exception cref="Qapi.QmpException">It could not; the message says why.</exception>
    ValueTask EnsureCanStoreAsync(string name, long granularity);

    /// <summary>Removes the stored copy of a bitmap; no error when there is none.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="Qapi.QmpException">The image could not be changed.</exception>
    ValueTask RemoveStoredAsync(string name);
}
