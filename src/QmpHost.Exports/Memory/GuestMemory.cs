namespace QmpHost.Exports.Memory;

/// <summary>The memory of a guest, as the front end has described it. It never changes: another description makes another one.</summary>
/// <remarks>Used on the host's loop only. Requests hold it while they use what it has found: it is unmapped with its last user.</remarks>
internal sealed class GuestMemory
{
    private readonly List<SharedRegion> _regions;
    private int _users = 1;

    private GuestMemory(List<SharedRegion> regions) => _regions = regions;

    /// <summary>No memory at all.</summary>
    public static GuestMemory Empty() => new([]);

    /// <summary>Memory of these regions.</summary>
    /// <param name="regions">The regions, which it owns from now on.</param>
    /// <returns>The memory.</returns>
    public static GuestMemory Of(IEnumerable<MappedRegion> regions) => new([.. regions.Select(static region => new SharedRegion(region))]);

    /// <summary>The number of its regions.</summary>
    public int Count => _regions.Count;

    /// <summary>The same memory with one region more.</summary>
    /// <param name="region">The region.</param>
    /// <returns>The memory.</returns>
    public GuestMemory With(MappedRegion region) => new([.. Share(_regions), new SharedRegion(region)]);

    /// <summary>The same memory without a region.</summary>
    /// <param name="guestAddress">Where the guest has the region.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="userAddress">Where the front end has it.</param>
    /// <returns>The memory, or null where there is no such region.</returns>
    public GuestMemory? Without(ulong guestAddress, ulong length, ulong userAddress)
    {
        SharedRegion? found = _regions.Find(shared => shared.Region.GuestAddress == guestAddress
            && shared.Region.Length == length && shared.Region.UserAddress == userAddress);
        return found is null ? null : new GuestMemory([.. Share(_regions.Where(shared => shared != found))]);
    }

    /// <summary>Keeps it mapped until <see cref="Release"/>.</summary>
    public void Hold() => _users++;

    /// <summary>Ends a use of it.</summary>
    public void Release()
    {
        if (--_users == 0)
        {
            _regions.ForEach(static shared => shared.Release());
        }
    }

    /// <summary>Finds an area of the guest's; it may lie in several regions.</summary>
    /// <param name="address">Where the guest has it.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="segments">Where to add the pieces.</param>
    /// <returns>False where some of it is no memory.</returns>
    public bool TryFindGuest(ulong address, ulong length, List<MemorySegment> segments)
    {
        while (length > 0)
        {
            nint found = 0;
            ulong available = 0;
            foreach (SharedRegion shared in _regions)
            {
                found = shared.Region.FindGuest(address, out available);
                if (found != 0)
                {
                    break;
                }
            }

            if (found == 0)
            {
                return false;
            }

            ulong piece = Math.Min(available, length);
            segments.Add(new MemorySegment(found, (nuint)piece));
            address += piece;
            length -= piece;
        }

        return true;
    }

    /// <summary>Finds an area by the front end's address; it lies in one region.</summary>
    /// <param name="address">Where the front end has it.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>The address here, or 0.</returns>
    public nint FindUser(ulong address, ulong length)
    {
        foreach (SharedRegion shared in _regions)
        {
            nint found = shared.Region.FindUser(address, out ulong available);
            if (found != 0)
            {
                return available >= length ? found : 0;
            }
        }

        return 0;
    }

    private static IEnumerable<SharedRegion> Share(IEnumerable<SharedRegion> regions) => regions.Select(static shared => shared.Hold());

    // A region may be part of several descriptions, one after the other.
    private sealed class SharedRegion(MappedRegion region)
    {
        private int _users = 1;

        public MappedRegion Region => region;

        public SharedRegion Hold()
        {
            _users++;
            return this;
        }

        public void Release()
        {
            if (--_users == 0)
            {
                region.Unmap();
            }
        }
    }
}
