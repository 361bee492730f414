using QmpHost.Block.Graph.Reopen;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>
/// A block driver's table: what it is called, what it can do, and how its nodes and images are made. It stands in the driver's own
/// file, and one line registers it in a <see cref="BlockDriverRegistry"/>.
/// </summary>
public sealed record BlockDriverDescriptor
{
    /// <summary>The driver's name in options and listings, for example "qcow2".</summary>
    public required string Name { get; init; }

    /// <summary>The value of the schema by which clients open nodes; null for a filter that only jobs insert.</summary>
    public BlockdevDriver? SchemaValue { get; init; }

    /// <summary>Makes the state of a new node, not yet open, from this table.</summary>
    public required Func<BlockDriverDescriptor, BlockDriver> Make { get; init; }

    /// <summary>Whether nodes pass the data of one child through.</summary>
    public bool IsFilter { get; init; }

    /// <summary>Whether nodes are the lowest of their chain and have no child "file".</summary>
    public bool IsProtocol { get; init; }

    /// <summary>Whether nodes may have a backing child.</summary>
    public bool SupportsBacking { get; init; }

    /// <summary>Whether a node's "file" child is opened before anything else about the node is looked at.</summary>
    public bool OpensFileFirst => !IsProtocol && ChildListOption is null && !Children.ContainsKey("image");

    /// <summary>What the children are to a node, by the names of their edges; those that depend on the image are not named here.</summary>
    public IReadOnlyDictionary<string, ChildRole> Children { get; init; } = new Dictionary<string, ChildRole>();

    /// <summary>The option that lists children whose edges are called after it and their index; null where there is none.</summary>
    public string? ChildListOption { get; init; }

    /// <summary>
    /// Whether an option of this driver's own decides what is read, so that a filename alone does not name the image. It is asked
    /// neither for children nor for the options that all drivers share.
    /// </summary>
    public Func<string, bool> IsStrongOption { get; init; } = static _ => true;

    /// <summary>
    /// Options of this driver's own that blockdev-reopen may change, see <see cref="BlockDriver.PrepareReopenAsync"/>; null where nodes
    /// cannot be reopened at all.
    /// </summary>
    public IReadOnlyList<string>? ReopenOptions { get; init; }

    /// <summary>Options of this driver's own that are neither free to change nor fixed when a node is reopened.</summary>
    public IReadOnlyDictionary<string, OptionChange> ReopenExceptions { get; init; } = new Dictionary<string, OptionChange>();

    /// <summary>The protocols before the colon of filenames that are this driver's.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>What a protocol calls itself where both of its names are shown.</summary>
    public string ProtocolName { get => field ?? Name; init; }

    /// <summary>Whether a plain path, without a protocol, leads to a device that this driver serves.</summary>
    public Func<string, bool> ServesDevice { get; init; } = static _ => false;

    /// <summary>
    /// The driver's options for a filename, which has a protocol of this driver unless the driver is known otherwise; null where
    /// filenames say nothing to it. Throws <see cref="QmpException"/> for a name that makes no sense.
    /// </summary>
    public Func<BlockDriverRegistry, string, IBlockdevOptionsBranch>? FilenameParser { get; init; }

    /// <summary>Whether an option says what a filename with a protocol says already, so that there cannot be both.</summary>
    public Func<string, bool> IsSaidByFilename { get; init; } = static _ => false;

    /// <summary>Options that drives and filenames may give with a suffix, as in "64k", although they are plain integers elsewhere.</summary>
    public IReadOnlyList<string> Sizes { get; init; } = [];

    /// <summary>
    /// Puts the options of the schema in the place of others that drives and filenames may use, and refuses what does not make a node;
    /// throws <see cref="QmpException"/>.
    /// </summary>
    public Action<QDict>? TranslateOptions { get; init; }

    /// <summary>Checks, before a node is named, that it has the file name it needs; throws <see cref="QmpException"/> if it has none.</summary>
    public Action<BlockdevOptions>? CheckFileName { get; init; }

    /// <summary>The options of an image of this format that lies in a file, all else by default; null for what is no image format.</summary>
    public Func<BlockdevRef, IBlockdevOptionsBranch>? MakeBranch { get; init; }

    /// <summary>How much the first bytes of a file look like this format, 0 to 100; null for what is never guessed.</summary>
    public Func<ReadOnlySpan<byte>, int>? Probe { get; init; }

    /// <summary>
    /// Makes an image (blockdev-create) in nodes of the graph, from options whose branch is this driver's. Runs on the loop, and throws
    /// <see cref="QmpException"/> with QEMU's text. Null where images cannot be made.
    /// </summary>
    public Func<BlockGraph, BlockdevCreateOptions, CancellationToken, ValueTask>? CreateImage { get; init; }

    /// <summary>
    /// Whether the driver lets children go itself when it cannot open them all, before the generic code does: one more change of
    /// the graph, which jobs see in later releases.
    /// </summary>
    public bool LetsChildrenGo { get; init; }

    /// <summary>Whether open images can be changed (x-blockdev-amend), by <see cref="BlockDriver.AmendAsync"/>.</summary>
    public bool SupportsAmend { get; init; }

    /// <summary>Whether images can be made with blockdev-create.</summary>
    public bool SupportsCreate => CreateImage is not null;

    /// <summary>Makes the state of a new node, not yet open.</summary>
    /// <returns>A new driver instance.</returns>
    public BlockDriver CreateInstance() => Make(this);

    /// <summary>What a reopening may do with an option of this driver's own.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>As the table says.</returns>
    public OptionChange GetOptionChange(string name)
        => ReopenExceptions.TryGetValue(name, out OptionChange change) ? change
            : ReopenOptions?.Contains(name) == true ? OptionChange.Free
            : OptionChange.Fixed;

    /// <summary>The options that a filename stands for.</summary>
    /// <param name="drivers">The drivers, for names of images inside the name.</param>
    /// <param name="filename">A name with a protocol of this driver, or any name when the driver is known otherwise.</param>
    /// <exception cref="QmpException">The name makes no sense.</exception>
    /// <returns>The options.</returns>
    public BlockdevOptions ParseFilename(BlockDriverRegistry drivers, string filename) => FilenameParser is { } parser && SchemaValue is { } driver
        ? BlockdevOptions.Of(driver, parser(drivers, filename))
        : throw new QmpException($"The '{Name}' block driver cannot be opened by a filename");
}
