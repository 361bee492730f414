namespace QmpHost.Fuzz;

/// <summary>
/// The conversation of one stress case, written as it goes: a case that ends the process (a stack that overflows) leaves
/// it behind, named by its seed.
/// </summary>
/// <remarks>Members may be used from any thread.</remarks>
internal sealed class StressLog : IDisposable
{
    private readonly Lock _gate = new();
    private readonly StreamWriter _writer;

    /// <summary>Begins a conversation.</summary>
    /// <param name="path">Its file.</param>
    public StressLog(string path)
    {
        Path = path;
        _writer = new StreamWriter(path) { AutoFlush = true };
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Adds a line.</summary>
    /// <param name="line">The line.</param>
    public void Note(string line)
    {
        lock (_gate)
        {
            _writer.WriteLine(line);
        }
    }

    /// <summary>Removes the file of a case that went well.</summary>
    public void Discard()
    {
        Dispose();
        File.Delete(Path);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
