namespace QmpHost.Block.Graph;

/// <summary>What a child is to its parent; a child may be several things.</summary>
[Flags]
public enum ChildRole
{
    /// <summary>Nothing in particular.</summary>
    None = 0,

    /// <summary>Holds guest data.</summary>
    Data = 1,

    /// <summary>Holds metadata of the parent's format.</summary>
    Metadata = 2,

    /// <summary>The parent is a filter and passes this child's data through.</summary>
    Filtered = 4,

    /// <summary>The copy-on-write backing child.</summary>
    Cow = 8,

    /// <summary>The child that stands for the parent where one must be chosen.</summary>
    Primary = 16,

    /// <summary>The usual child of an image format: data, metadata and primary.</summary>
    Image = Data | Metadata | Primary,
}
