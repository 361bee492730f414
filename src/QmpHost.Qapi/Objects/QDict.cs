using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace QmpHost.Qapi;

/// <summary>A JSON object. Members keep the order in which they were added; on the wire they stand in the order of <see cref="WireOrder"/>.</summary>
public sealed class QDict : QObject, IReadOnlyCollection<KeyValuePair<string, QObject>>
{
    // Requests have few members, where scanning beats hashing; a hostile request may have a million, which must not cost their square.
    private const int ScanLimit = 12;

    private KeyValuePair<string, QObject>[] _members;
    private Dictionary<string, int>? _index;
    private int _count;

    /// <summary>Makes an empty object.</summary>
    public QDict()
        : this(4)
    {
    }

    /// <summary>Makes an empty object with room for a number of members.</summary>
    /// <param name="capacity">How many members are expected.</param>
    public QDict(int capacity) => _members = capacity == 0 ? [] : new KeyValuePair<string, QObject>[capacity];

    /// <inheritdoc/>
    public override QObjectKind Kind => QObjectKind.Dict;

    /// <inheritdoc/>
    public int Count => _count;

    /// <summary>The members in the order in which they were added.</summary>
    public ReadOnlySpan<KeyValuePair<string, QObject>> Members => _members.AsSpan(0, _count);

    /// <summary>Reads or sets a member, see <see cref="Put"/>.</summary>
    /// <param name="name">The member's name.</param>
    /// <exception cref="KeyNotFoundException">When reading a member that does not exist.</exception>
    public QObject this[string name]
    {
        get => TryGetValue(name, out QObject? value) ? value : throw new KeyNotFoundException(name);
        set => Put(name, value);
    }

    /// <summary>Looks a member up.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>False if there is no such member.</returns>
    public bool TryGetValue(string name, [NotNullWhen(true)] out QObject? value)
    {
        int at = IndexOf(name);
        value = at < 0 ? null : _members[at].Value;
        return at >= 0;
    }

    /// <summary>Whether a member exists.</summary>
    /// <param name="name">The member's name.</param>
    /// <returns>True if it exists.</returns>
    public bool ContainsKey(string name) => IndexOf(name) >= 0;

    /// <summary>Adds a new member.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentException">A member of that name exists.</exception>
    public void Add(string name, QObject value)
    {
        if (!TryAdd(name, value))
        {
            throw new ArgumentException($"The member '{name}' exists already.", nameof(name));
        }
    }

    /// <summary>Adds a member unless there is one of that name.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>False if a member of that name exists; it is left as it is.</returns>
    public bool TryAdd(string name, QObject value)
    {
        if (IndexOf(name) >= 0)
        {
            return false;
        }

        Append(name, value);
        return true;
    }

    /// <summary>Sets a member. One that exists keeps its place.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="value">The new value.</param>
    public void Put(string name, QObject value)
    {
        int at = IndexOf(name);
        if (at >= 0)
        {
            _members[at] = new(name, value);
        }
        else
        {
            Append(name, value);
        }
    }

    /// <summary>Removes a member.</summary>
    /// <param name="name">The member's name.</param>
    /// <returns>False if there was none.</returns>
    public bool Remove(string name)
    {
        int at = IndexOf(name);
        if (at < 0)
        {
            return false;
        }

        _count--;
        Array.Copy(_members, at + 1, _members, at, _count - at);
        _members[_count] = default;
        _index = null;
        return true;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, QObject>> GetEnumerator()
    {
        for (int i = 0; i < _count; i++)
        {
            yield return _members[i];
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override bool DeepEquals(QObject? other)
    {
        if (other is not QDict dict || dict.Count != Count)
        {
            return false;
        }

        foreach (KeyValuePair<string, QObject> member in Members)
        {
            if (!dict.TryGetValue(member.Key, out QObject? value) || !member.Value.DeepEquals(value))
            {
                return false;
            }
        }

        return true;
    }

    private int IndexOf(string name)
    {
        if (_count > ScanLimit)
        {
            return Index().TryGetValue(name, out int at) ? at : -1;
        }

        for (int i = 0; i < _count; i++)
        {
            if (string.Equals(_members[i].Key, name))
            {
                return i;
            }
        }

        return -1;
    }

    private Dictionary<string, int> Index()
    {
        if (_index is null)
        {
            _index = new Dictionary<string, int>(_count, StringComparer.Ordinal);
            for (int i = 0; i < _count; i++)
            {
                _index.Add(_members[i].Key, i);
            }
        }

        return _index;
    }

    private void Append(string name, QObject value)
    {
        if (_count == _members.Length)
        {
            Array.Resize(ref _members, Math.Max(4, _count * 2));
        }

        _index?.Add(name, _count);
        _members[_count++] = new(name, value);
    }
}
