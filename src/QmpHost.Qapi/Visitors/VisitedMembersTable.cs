using System.Text;

namespace QmpHost.Qapi;

/// <summary>
/// A hash table of names whose order of iteration is that of the table in which QEMU keeps the members it has not visited yet:
/// open addressing with growing steps, a prime modulus, and growing and shrinking in place. Only that order matters here.
/// </summary>
internal sealed class VisitedMembersTable
{
    private const int SmallestShift = 3;

    // For each power of two, the largest prime below it (the first ones are as they are).
    private static readonly uint[] Moduli =
    [
        1, 2, 3, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071, 262139, 524287, 1048573,
        2097143, 4194301, 8388593, 16777213, 33554393, 67108859, 134217689, 268435399, 536870909, 1073741789,
    ];

    private Slot[] _slots = new Slot[1 << SmallestShift];
    private int _shift = SmallestShift;
    private int _count;
    private int _occupied;

    private enum SlotState
    {
        Free,
        Removed,
        Used,
    }

    /// <summary>The first name in the order of iteration, or null if the table is empty.</summary>
    public string? First => Array.Find(_slots, s => s.State == SlotState.Used).Name;

    public void Add(string name)
    {
        uint hash = Hash(name);
        int at = Probe(name, hash);
        if (_slots[at].State == SlotState.Used)
        {
            return;
        }

        bool wasFree = _slots[at].State == SlotState.Free;
        _slots[at] = new Slot(SlotState.Used, hash, name);
        _count++;
        if (wasFree)
        {
            _occupied++;
            ResizeIfDue();
        }
    }

    public void Remove(string name)
    {
        int at = Probe(name, Hash(name));
        if (_slots[at].State == SlotState.Used)
        {
            _slots[at] = new Slot(SlotState.Removed, 0, null);
            _count--;
            ResizeIfDue();
        }
    }

    private static uint Hash(string name)
    {
        uint hash = 5381;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            hash = unchecked((hash * 33) + (uint)(sbyte)b);
        }

        return Math.Max(hash, 2);
    }

    private int Home(uint hash) => (int)(unchecked(hash * 11) % Moduli[_shift]);

    // The slot of the name, or the one where it is to go.
    private int Probe(string name, uint hash)
    {
        int removed = -1;
        int at = Home(hash);
        for (int step = 1; _slots[at].State != SlotState.Free; step++)
        {
            if (_slots[at].State == SlotState.Used && _slots[at].Hash == hash && _slots[at].Name == name)
            {
                return at;
            }

            if (_slots[at].State == SlotState.Removed && removed < 0)
            {
                removed = at;
            }

            at = (at + step) & (_slots.Length - 1);
        }

        return removed >= 0 ? removed : at;
    }

    private void ResizeIfDue()
    {
        int size = _slots.Length;
        bool tooLarge = size > _count * 4 && size > 1 << SmallestShift;
        bool tooFull = size <= _occupied + (_occupied / 16);
        if (tooLarge || tooFull)
        {
            Resize();
        }
    }

    // In place: each name goes to its new slot and pushes out the one that is there, which goes on in its turn.
    private void Resize()
    {
        int oldSize = _slots.Length;
        _shift = SmallestShift;
        while (1 << _shift <= (int)(_count * 1.333))
        {
            _shift++;
        }

        int newSize = 1 << _shift;
        Array.Resize(ref _slots, Math.Max(oldSize, newSize));
        var placed = new bool[_slots.Length];
        for (int i = 0; i < oldSize; i++)
        {
            if (placed[i])
            {
                continue;
            }

            Slot moving = _slots[i];
            _slots[i] = default;
            while (moving.State == SlotState.Used)
            {
                int at = FreeHome(moving.Hash, placed, newSize);
                placed[at] = true;
                (moving, _slots[at]) = (_slots[at], moving);
            }
        }

        Array.Resize(ref _slots, newSize);
        _occupied = _count;
    }

    private int FreeHome(uint hash, bool[] placed, int size)
    {
        int at = Home(hash);
        for (int step = 1; placed[at]; step++)
        {
            at = (at + step) & (size - 1);
        }

        return at;
    }

    private readonly record struct Slot(SlotState State, uint Hash, string? Name);
}
