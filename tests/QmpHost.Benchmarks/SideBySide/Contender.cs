using QmpHost.Sessions;

namespace QmpHost.Benchmarks.SideBySide;

/// <summary>One of the two sides that are compared.</summary>
/// <param name="Name">How the table names it.</param>
/// <param name="Path">The storage daemon's executable.</param>
/// <param name="Arguments">Arguments before those of the measurement.</param>
/// <param name="Programs">Both programs, for whole scenarios.</param>
internal sealed record Contender(string Name, string Path, IReadOnlyList<string> Arguments, ProcessTarget Programs)
{
    /// <summary>The native qmphost executable.</summary>
    /// <param name="path">Its path.</param>
    /// <returns>The contender.</returns>
    public static Contender QmpHost(string path)
    {
        string fullPath = System.IO.Path.GetFullPath(path);
        return new Contender("qmphost", fullPath, ["storage-daemon"], ProcessTarget.QmpHost(fullPath));
    }

    /// <summary>The installed QEMU.</summary>
    /// <param name="path">Its storage daemon.</param>
    /// <returns>The contender.</returns>
    public static Contender Oracle(string path) => new("QEMU", path, [], ProcessTarget.Oracle());
}
