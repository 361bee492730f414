namespace QmpHost.Testing.Support;

/// <summary>
/// Words in which .NET tells of its own errors. No reply, event or line that a host prints has them: QEMU says none of them, and they
/// show that something went wrong which nobody had thought of.
/// </summary>
public static class PlatformWords
{
    /// <summary>The words.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "unexpected error", "Exception", "   at System.", "   at QmpHost.", "(Parameter '", "System.IO", "Nerdbank.", "StreamJsonRpc",
        "Object reference not set", "Index was out", "Index and count must refer", "Index and length must refer", "Arithmetic operation", "Attempted to divide", "Attempted to read or write",
        "Specified argument was out", "Specified method is not", "Specified cast is", "Unable to cast", "Value cannot be null", "Value was either too",
        "Sequence contains", "Collection was modified", "Operation is not valid due", "Operations that change non-concurrent", "The given key", "An item with the same key",
        "Cannot access a", "Null character in path", "Unable to read beyond", "Unable to read data from the transport", "Unable to write data to the transport", "Stream was", "Stream does not", "Offset and length were out", "Non-negative number required",
        "Insufficient memory to continue", "Array dimensions exceeded", "Array cannot be null", "A task was canceled", "The operation was canceled",
        "The semaphore has been disposed", "Input string was not", "The input string", "Destination is too short", "Destination array", "Source array was not",
        "Could not find file", "Could not find a part", "Access to the path", "The process cannot access", "The path '", "is of an invalid length for use",
        "An attempt was made to", "Invalid surrogate", "Unable to translate", "Process terminated", "Reading is not allowed after", "Writing is not allowed after",
        "The data at the root", "Ambiguous match", "Exceeded the maximum", "Enumeration has", "Hash tables", "Length must be", "Requested value '", "Must specify valid information",
    ];

    /// <summary>Finds one of the words.</summary>
    /// <param name="said">What a host said or printed.</param>
    /// <returns>The word, with some of what stands around it, or null if there is none.</returns>
    public static string? FindIn(string said)
    {
        ArgumentNullException.ThrowIfNull(said);
        const int Around = 100;
        foreach (string word in All)
        {
            int at = said.IndexOf(word, StringComparison.Ordinal);
            if (at >= 0)
            {
                int start = Math.Max(0, at - Around);
                return $"\"{word}\" in: {said.Substring(start, Math.Min(said.Length - start, word.Length + (2 * Around)))}";
            }
        }

        return null;
    }
}
