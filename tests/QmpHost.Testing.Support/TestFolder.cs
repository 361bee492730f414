namespace QmpHost.Testing.Support;

/// <summary>A folder that goes away with its test, with a path short enough for sockets.</summary>
public sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("qmphost-").FullName;

    /// <summary>The path of a file in it.</summary>
    public string this[string name] => File(name);

    /// <summary>The path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
