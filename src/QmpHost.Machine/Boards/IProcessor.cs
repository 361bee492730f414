namespace QmpHost.Machine.Boards;

/// <summary>A processor in the tree of objects.</summary>
internal interface IProcessor
{
    /// <summary>The number of its place.</summary>
    int Index { get; }

    /// <summary>Whether it came after the machine had started.</summary>
    bool IsHotplugged { get; }

    /// <summary>Its path in the tree.</summary>
    string Path { get; }
}
