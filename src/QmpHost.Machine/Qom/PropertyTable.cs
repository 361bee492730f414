using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Text;

namespace QmpHost.Machine.Qom;

/// <summary>
/// A table of named things that lists them in the order in which QEMU lists the properties of an object. That order
/// is the one of slots in an open hash table, so it depends on names, on the table's size and, where names collide,
/// on history; clients that compare listings see it. Observed: 3400 listings of random additions and removals.
/// </summary>
/// <typeparam name="T">What is kept under a name.</typeparam>
internal sealed class PropertyTable<T>
    where T : class
{
    private const int SmallestShift = 3;
    private const uint Free = 0;
    private const uint Deleted = 1;
    private const uint FirstHash = 2;
    private const double Slack = 1.333;

    // The name in a slot that was never used, but is to look so.
    private const string Unused = "";

    // The largest prime below each power of two that the table may have as its size.
    private static readonly uint[] Primes =
        [1, 2, 3, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071, 262139, 524287, 1048573];

    private Slot[] _slots = new Slot[1 << SmallestShift];
    private uint _prime = Primes[SmallestShift];
    private int _used;

    internal int Count { get; private set; }

    /// <summary>The entries in the order of QEMU's listings.</summary>
    internal IEnumerable<T> Listing
    {
        get
        {
            for (int i = _slots.Length - 1; i >= 0; i--)
            {
                if (_slots[i].Hash >= FirstHash)
                {
                    yield return _slots[i].Value!;
                }
            }
        }
    }

    internal bool TryGet(string name, [MaybeNullWhen(false)] out T value)
    {
        bool found = Locate(name, HashOf(name), out int slot);
        value = found ? _slots[slot].Value : null;
        return found;
    }

    /// <summary>Adds an entry; false when the name is taken.</summary>
    internal bool TryAdd(string name, T value)
    {
        uint hash = HashOf(name);
        if (Locate(name, hash, out int slot))
        {
            return false;
        }

        bool wasFree = _slots[slot].Hash == Free || ReferenceEquals(_slots[slot].Name, Unused);
        _slots[slot] = new Slot(hash, name, value);
        Count++;
        if (wasFree)
        {
            _used++;
            ResizeIfNeeded();
        }

        return true;
    }

    /// <summary>Removes an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="keepSize">Whether the table stays as large as it is until the next addition, as when an object leaves its owner.</param>
    internal bool Remove(string name, bool keepSize)
    {
        if (!Locate(name, HashOf(name), out int slot))
        {
            return false;
        }

        _slots[slot] = new Slot(Deleted, null, null);
        Count--;
        if (!keepSize)
        {
            ResizeIfNeeded();
        }

        return true;
    }

    /// <summary>Lists the entries in another order; names that are not in it come as if they were added later.</summary>
    /// <param name="listing">The names.</param>
    internal void Arrange(IReadOnlyList<string> listing)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < listing.Count; i++)
        {
            places[listing[i]] = listing.Count - i;
        }

        (string Name, T Value)[] entries = [.. _slots.Where(static slot => slot.Hash >= FirstHash).Select(static slot => (slot.Name!, slot.Value!))];
        (string Name, T Value)[] listed = [.. entries.Where(entry => places.ContainsKey(entry.Name)).OrderBy(entry => places[entry.Name])];
        Clear(SmallestShift);
        foreach ((string name, T value) in listed)
        {
            TryAdd(name, value);
        }

        // The table has its size now; each gets the place that shows it so.
        Clear(BitOperations.Log2((uint)_slots.Length));
        int last = -1;
        foreach ((string name, T value) in listed)
        {
            last = PlaceBehind(name, value, last);
        }

        foreach ((string name, T value) in entries)
        {
            TryAdd(name, value);
        }
    }

    private void Clear(int shift)
    {
        _slots = new Slot[1 << shift];
        _prime = Primes[shift];
        _used = 0;
        Count = 0;
    }

    // The lowest of the slots that a name may go to; those that it would have gone to before look as if they had been in use.
    private int PlaceBehind(string name, T value, int last)
    {
        uint hash = HashOf(name);
        int best = int.MaxValue;
        int slot = Home(hash);
        for (int step = 1; step <= _slots.Length; step++)
        {
            if (slot > last && slot < best && _slots[slot].Hash < FirstHash)
            {
                best = slot;
            }

            slot = (slot + step) & (_slots.Length - 1);
        }

        if (best == int.MaxValue)
        {
            return last;
        }

        slot = Home(hash);
        for (int step = 1; slot != best; step++)
        {
            if (_slots[slot].Hash == Free)
            {
                _slots[slot] = new Slot(Deleted, Unused, null);
            }

            slot = (slot + step) & (_slots.Length - 1);
        }

        _used++;
        _slots[best] = new Slot(hash, name, value);
        Count++;
        return best;
    }

    private static uint HashOf(string name)
    {
        uint hash = 5381;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            hash = unchecked(hash * 33 + (uint)(sbyte)b);
        }

        return Math.Max(hash, FirstHash);
    }

    private int Home(uint hash) => (int)(unchecked(hash * 11) % _prime);

    /// <summary>The slot of a name, or else the one that it would go to.</summary>
    private bool Locate(string name, uint hash, out int slot)
    {
        int reusable = -1;
        slot = Home(hash);
        for (int step = 1; _slots[slot].Hash != Free && step <= _slots.Length; step++)
        {
            if (_slots[slot].Hash == hash && string.Equals(_slots[slot].Name, name, StringComparison.Ordinal))
            {
                return true;
            }

            if (_slots[slot].Hash == Deleted && reusable < 0)
            {
                reusable = slot;
            }

            slot = (slot + step) & (_slots.Length - 1);
        }

        slot = reusable >= 0 ? reusable : slot;
        return false;
    }

    private void ResizeIfNeeded()
    {
        bool sparse = _slots.Length > Count * 4 && _slots.Length > 1 << SmallestShift;
        bool crowded = _slots.Length <= _used + _used / 16;
        if (sparse || crowded)
        {
            int wanted = (int)(Count * Slack);
            int shift = Math.Max(SmallestShift, BitOperations.Log2((uint)Math.Max(wanted, 1)) + 1);
            Rehash(shift);
        }
    }

    // Entries are moved within one array: an entry that lands on one that has not moved yet pushes it out, and that one moves next.
    private void Rehash(int shift)
    {
        int oldLength = _slots.Length, newLength = 1 << shift;
        var slots = new Slot[Math.Max(oldLength, newLength)];
        _slots.CopyTo(slots, 0);
        var settled = new bool[slots.Length];
        _prime = Primes[shift];
        for (int i = 0; i < oldLength; i++)
        {
            if (settled[i])
            {
                continue;
            }

            Slot moving = slots[i];
            slots[i] = default;
            while (moving.Hash >= FirstHash)
            {
                int target = Home(moving.Hash);
                for (int step = 1; settled[target]; step++)
                {
                    target = (target + step) & (newLength - 1);
                }

                settled[target] = true;
                (slots[target], moving) = (moving, slots[target]);
            }
        }

        _slots = slots.Length == newLength ? slots : slots[..newLength];
        _used = Count;
    }

    private readonly record struct Slot(uint Hash, string? Name, T? Value);
}
