namespace QmpHost.Benchmarks.SideBySide;

/// <summary>A directory on a memory file system, so that figures are those of the programs and not of a disk.</summary>
internal sealed class MemoryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateDirectory($"/dev/shm/qmphost-bench-{Guid.NewGuid():N}");

    /// <summary>The path of a file in the directory.</summary>
    /// <param name="name">The file's name.</param>
    /// <returns>The path.</returns>
    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    /// <summary>Writes a file without holes.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">Its size, a multiple of 1 MiB.</param>
    /// <returns>Its path.</returns>
    public string WriteData(string name, long size)
    {
        var block = new byte[1 << 20];
        var random = new Random(257);
        using FileStream file = File.Create(PathOf(name));
        for (long offset = 0; offset < size; offset += block.Length)
        {
            random.NextBytes(block.AsSpan(0, 4096));
            block.AsSpan(4096).Fill((byte)(offset >> 20 | 1));
            file.Write(block);
        }

        return file.Name;
    }

    /// <summary>Makes a file of one hole.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">Its size.</param>
    /// <returns>Its path.</returns>
    public string MakeHole(string name, long size)
    {
        using FileStream file = File.Create(PathOf(name));
        file.SetLength(size);
        return file.Name;
    }

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);
}
