namespace QmpHost.Qapi.Generator.Model;

/// <summary>A place in a schema file: the offset, and line and column counted from zero.</summary>
internal readonly record struct SourcePlace(string Path, int Offset, int Line, int Column, int Length)
{
    public static SourcePlace None { get; } = new(string.Empty, 0, 0, 0, 0);
}
