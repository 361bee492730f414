using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Reopen;

/// <summary>Those driver-independent options that children take over, as far as they are given: null where nobody said anything.</summary>
internal readonly record struct GivenFlags
{
    public bool? ReadOnly { get; init; }

    public bool? AutoReadOnly { get; init; }

    public bool? Direct { get; init; }

    public bool? NoFlush { get; init; }

    public bool? ForceShare { get; init; }

    /// <summary>What options say.</summary>
    public static GivenFlags Of(BlockdevOptions options) => new()
    {
        ReadOnly = options.ReadOnly,
        AutoReadOnly = options.AutoReadOnly,
        Direct = options.Cache?.Direct,
        NoFlush = options.Cache?.NoFlush,
        ForceShare = options.ForceShare,
    };

    /// <summary>Everything that a node has.</summary>
    public static GivenFlags All(NodeFlags flags) => new()
    {
        ReadOnly = flags.ReadOnly,
        AutoReadOnly = flags.AutoReadOnly,
        Direct = flags.Direct,
        NoFlush = flags.NoFlush,
        ForceShare = flags.ForceShare,
    };

    /// <summary>What a child's options say, and else what it takes over from its parent.</summary>
    public GivenFlags OfChild(BlockdevOptions options, ChildRole role)
    {
        GivenFlags own = Of(options);
        bool isBacking = (role & ChildRole.Cow) != 0;
        return new GivenFlags
        {
            ReadOnly = own.ReadOnly ?? (isBacking ? true : ReadOnly),
            AutoReadOnly = own.AutoReadOnly ?? (isBacking ? false : AutoReadOnly),
            Direct = own.Direct ?? Direct,
            NoFlush = own.NoFlush ?? NoFlush,
            ForceShare = own.ForceShare ?? ForceShare,
        };
    }

    /// <summary>The flags of a node, with others where nothing is given.</summary>
    public NodeFlags Over(NodeFlags others) => others with
    {
        ReadOnly = ReadOnly ?? others.ReadOnly,
        AutoReadOnly = AutoReadOnly ?? others.AutoReadOnly,
        Direct = Direct ?? others.Direct,
        NoFlush = NoFlush ?? others.NoFlush,
        ForceShare = ForceShare ?? others.ForceShare,
    };
}
