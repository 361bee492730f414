namespace QmpHost.Benchmarks.SideBySide;

/// <summary>One of the two programs that are compared.</summary>
/// <param name="Name">How the table names it.</param>
/// <param name="Path">The executable.</param>
/// <param name="Arguments">Arguments before those of the measurement.</param>
internal sealed record Contender(string Name, string Path, IReadOnlyList<string> Arguments);
