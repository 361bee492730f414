using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>The driver-independent options of a node, after what it takes over from its parent.</summary>
internal readonly record struct NodeFlags
{
    public bool ReadOnly { get; init; }

    public bool AutoReadOnly { get; init; }

    public bool Direct { get; init; }

    public bool NoFlush { get; init; }

    public bool ForceShare { get; init; }

    public bool Unmap { get; init; }

    /// <summary>Whether the image is left to another process at first. Children decide for themselves.</summary>
    public bool Inactive { get; init; }

    /// <summary>Whether the machine waits for one that comes from elsewhere, and leaves its images there until then, children included.</summary>
    public bool Awaited { get; init; }

    public BlockdevDetectZeroesOptions DetectZeroes { get; init; }

    /// <summary>Whether a job makes the node as its filter, over a node that is open: then nobody looks at the file first.</summary>
    public bool IsOfJob { get; init; }

    /// <summary>The flags of a node that has no parent to take anything over from.</summary>
    public static NodeFlags OfRoot(BlockdevOptions options, bool awaited = false) => Apply(new NodeFlags { Awaited = awaited }, options);

    /// <summary>The flags of a child that is defined inside its parent.</summary>
    public NodeFlags OfChild(BlockdevOptions options, ChildRole role)
    {
        bool isBacking = (role & ChildRole.Cow) != 0;
        var inherited = new NodeFlags
        {
            ReadOnly = isBacking || ReadOnly,
            AutoReadOnly = !isBacking && AutoReadOnly,
            Direct = Direct,
            NoFlush = NoFlush,
            ForceShare = ForceShare,
            Awaited = Awaited,

            // Parents decide which discards get here.
            Unmap = !isBacking,
        };
        return Apply(inherited, options);
    }

    /// <summary>Refuses combinations that make no sense.</summary>
    public void Check()
    {
        CheckSharing();
        CheckDetectZeroes();
    }

    /// <summary>Refuses to share what is written to with everybody.</summary>
    public void CheckSharing()
    {
        if (ForceShare && !ReadOnly)
        {
            throw new QmpException("force-share=on can only be used with read-only images");
        }
    }

    /// <summary>Refuses to discard what is detected if discards are not wanted.</summary>
    public void CheckDetectZeroes()
    {
        if (DetectZeroes == BlockdevDetectZeroesOptions.Unmap && !Unmap)
        {
            throw new QmpException("setting detect-zeroes to unmap is not allowed without setting discard operation to unmap");
        }
    }

    private static NodeFlags Apply(NodeFlags inherited, BlockdevOptions options) => new()
    {
        ReadOnly = options.ReadOnly ?? inherited.ReadOnly,
        Inactive = options.Active == false || inherited.Awaited,
        Awaited = inherited.Awaited,
        AutoReadOnly = options.AutoReadOnly ?? inherited.AutoReadOnly,
        Direct = options.Cache?.Direct ?? inherited.Direct,
        NoFlush = options.Cache?.NoFlush ?? inherited.NoFlush,
        ForceShare = options.ForceShare ?? inherited.ForceShare,
        Unmap = options.Discard is { } discard ? discard == BlockdevDiscardOptions.Unmap : inherited.Unmap,
        DetectZeroes = options.DetectZeroes ?? BlockdevDetectZeroesOptions.Off,
    };
}
