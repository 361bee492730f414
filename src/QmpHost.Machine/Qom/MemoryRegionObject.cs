using QmpHost.Qapi;

namespace QmpHost.Machine.Qom;

/// <summary>A region of the guest's addresses, as listings show it; nobody reads or writes there.</summary>
internal sealed class MemoryRegionObject : QomObject
{
    /// <summary>Makes a region.</summary>
    /// <param name="container">Finds the region that it is in.</param>
    /// <param name="address">Where it begins in that one, in bytes.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="priority">Which of regions in the same place is seen.</param>
    public MemoryRegionObject(Func<QomObject?> container, QObject address, QObject size, QObject priority)
        : base(RegionClass)
    {
        // Listings show the last one first.
        Add("priority", "uint32", priority);
        Add("size", "uint64", size);
        Add("addr", "uint64", address);
        AddProperty(QomProperties.Link("container", RegionClass.Name, _ => container()));
    }

    /// <summary>Makes a region that is nowhere.</summary>
    /// <param name="size">Bytes.</param>
    public MemoryRegionObject(long size)
        : this(static () => null, new QNum(0L), new QNum(size), new QNum(0L))
    {
    }

    private static QomClass RegionClass { get; } = new("memory-region", QomClass.Object);

    private void Add(string name, string type, QObject value) => AddProperty(new QomProperty { Name = name, Type = type, Get = _ => value });
}
