using System.Diagnostics;

namespace QmpHost.Testing.Support;

/// <summary>A folder that goes away with its test, with a path short enough for sockets.</summary>
public sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("qmphost-").FullName;

    /// <summary>The path of a file in it.</summary>
    public string this[string name] => File(name);

    /// <summary>The path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Removes the folder. A host may have made files whose names are no UTF-8, which .NET lists but cannot remove.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            using Process removal = Process.Start("rm", ["-rf", "--", Path]);
            removal.WaitForExit();
        }
    }
}
