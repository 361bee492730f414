using System.Collections;

namespace QmpHost.Qapi;

/// <summary>A JSON array.</summary>
public sealed class QList : QObject, IReadOnlyList<QObject>
{
    private readonly List<QObject> _items = [];

    /// <inheritdoc/>
    public override QObjectKind Kind => QObjectKind.List;

    /// <inheritdoc/>
    public int Count => _items.Count;

    /// <inheritdoc/>
    public QObject this[int index] => _items[index];

    /// <summary>Appends a value.</summary>
    /// <param name="item">The value.</param>
    public void Add(QObject item) => _items.Add(item);

    /// <inheritdoc/>
    public IEnumerator<QObject> GetEnumerator() => _items.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override bool DeepEquals(QObject? other)
    {
        if (other is not QList list || list.Count != Count)
        {
            return false;
        }

        for (int i = 0; i < Count; i++)
        {
            if (!_items[i].DeepEquals(list[i]))
            {
                return false;
            }
        }

        return true;
    }
}
