using System.Text;

namespace QmpHost.Qapi.Json;

/// <summary>Short strings that were seen lately. Requests repeat a small vocabulary, and so need not allocate it anew.</summary>
/// <remarks>Thread safe without a lock: an entry is one immutable reference, and losing a race costs one allocation.</remarks>
internal static class JsonStringCache
{
    private const int LongestEntry = 32;
    private const int EntryCount = 512;

    private static readonly string?[] Entries = new string?[EntryCount];

    /// <summary>The text of some bytes, if they are short and ASCII.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The text, or null if the caller must decode it.</returns>
    public static string? TryGet(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LongestEntry)
        {
            return null;
        }

        if (bytes.Length == 0)
        {
            return string.Empty;
        }

        ref string? entry = ref Entries[Hash(bytes) % EntryCount];
        string? text = entry;
        if (text is not null && Ascii.Equals(bytes, text))
        {
            return text;
        }

        if (!Ascii.IsValid(bytes))
        {
            return null;
        }

        text = Encoding.ASCII.GetString(bytes);
        entry = text;
        return text;
    }

    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        uint hash = 2166136261;
        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * 16777619;
        }

        return hash ^ (hash >> 15);
    }
}
