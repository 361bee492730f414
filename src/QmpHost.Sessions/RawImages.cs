namespace QmpHost.Sessions;

/// <summary>Raw images need no tool: a raw image is its file.</summary>
internal static class RawImages
{
    private const int ChunkSize = 1 << 20;

    public static void Create(string path, long size)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        file.SetLength(size);
    }

    public static void Write(string path, byte pattern, long offset, long length)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        byte[] chunk = new byte[ChunkSize];
        Array.Fill(chunk, pattern);
        file.Position = offset;
        for (long left = length; left > 0; left -= ChunkSize)
        {
            file.Write(chunk, 0, (int)Math.Min(left, ChunkSize));
        }
    }

    /// <summary>Whether the files are equal, the shorter one taken as followed by zeroes.</summary>
    public static bool AreEqual(string first, string second)
    {
        using var a = new FileStream(first, FileMode.Open, FileAccess.Read);
        using var b = new FileStream(second, FileMode.Open, FileAccess.Read);
        byte[] left = new byte[ChunkSize];
        byte[] right = new byte[ChunkSize];
        while (true)
        {
            int x = a.ReadAtLeast(left, ChunkSize, throwOnEndOfStream: false);
            int y = b.ReadAtLeast(right, ChunkSize, throwOnEndOfStream: false);
            if (x == 0 && y == 0)
            {
                return true;
            }

            left.AsSpan(x).Clear();
            right.AsSpan(y).Clear();
            if (!left.AsSpan().SequenceEqual(right))
            {
                return false;
            }
        }
    }
}
