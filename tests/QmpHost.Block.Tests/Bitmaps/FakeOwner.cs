using QmpHost.Block.Bitmaps;
using QmpHost.Qapi;

namespace QmpHost.Block.Tests.Bitmaps;

/// <summary>A node as far as bitmaps are concerned; it stores bitmaps when <see cref="Stored"/> is set.</summary>
internal sealed class FakeOwner(long length = 1 << 20) : IDirtyBitmapOwner, IPersistentBitmapStore
{
    public string DeviceOrNodeName => "n";

    public long Length { get; set; } = length;

    public long ClusterSize { get; init; }

    internal HashSet<string>? Stored { get; init; }

    internal string? StoreError { get; set; }

    public IPersistentBitmapStore? BitmapStore => Stored is null ? null : this;

    public bool HasMedium => true;

    public bool MayAddPersistentBitmaps => true;

    public ValueTask EnsureCanStoreAsync(string name, long granularity)
        => StoreError is null ? default : throw new QmpException(StoreError);

    public async ValueTask RemoveStoredAsync(string name)
    {
        await Task.Yield();
        if (StoreError is not null)
        {
            throw new QmpException(StoreError);
        }

        Stored!.Remove(name);
    }
}
