using System.Text;

namespace QmpHost.Qapi;

/// <summary>The order in which the members of an object are written: ascending by bucket of their name; in one bucket, the member added later first.</summary>
public static class WireOrder
{
    /// <summary>How many buckets there are.</summary>
    public const int BucketCount = 512;

    /// <summary>The bucket of a member name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>0 to <see cref="BucketCount"/> - 1.</returns>
    public static int BucketOf(ReadOnlySpan<char> name)
    {
        Span<byte> stack = stackalloc byte[256];
        int most = Encoding.UTF8.GetMaxByteCount(name.Length);
        Span<byte> utf8 = most <= stack.Length ? stack : new byte[most];
        int length = Encoding.UTF8.GetBytes(name, utf8);
        return BucketOf(utf8[..length]);
    }

    /// <summary>The bucket of a member name in UTF-8.</summary>
    /// <param name="utf8Name">The name.</param>
    /// <returns>0 to <see cref="BucketCount"/> - 1.</returns>
    public static int BucketOf(ReadOnlySpan<byte> utf8Name)
    {
        uint hash = 0x238F13AFu * (uint)utf8Name.Length;
        int shift = 0;
        foreach (byte b in utf8Name)
        {
            hash += (uint)b << shift;
            shift = (shift + 5) % 24;
        }

        hash = (1103515243u * hash) + 12345u;
        return (int)(hash % BucketCount);
    }

    /// <summary>A copy of an object whose members follow one another as they are written.</summary>
    /// <param name="dict">The object.</param>
    /// <returns>The copy.</returns>
    public static QDict Copy(QDict dict)
    {
        ArgumentNullException.ThrowIfNull(dict);
        long[] order = new long[dict.Count];
        Sort(dict.Members, order);
        var copy = new QDict(dict.Count);
        foreach (long at in order)
        {
            copy.Add(dict.Members[(int)at].Key, dict.Members[(int)at].Value);
        }

        return copy;
    }

    // Fills order with the positions of the members, in the order in which they are to be written.
    internal static void Sort(ReadOnlySpan<KeyValuePair<string, QObject>> members, Span<long> order)
    {
        for (int i = 0; i < members.Length; i++)
        {
            order[i] = ((long)BucketOf(members[i].Key) << 32) | (uint)(int.MaxValue - i);
        }

        order.Sort();
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = int.MaxValue - (order[i] & 0xFFFF_FFFF);
        }
    }
}
