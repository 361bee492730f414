using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>What a block driver is and can do; one immutable instance per driver, registered in <see cref="BlockDriverRegistry"/>.</summary>
public abstract class BlockDriverDescriptor
{
    /// <summary>The driver's value of the schema enumeration.</summary>
    public abstract BlockdevDriver Driver { get; }

    /// <summary>The driver's name on the wire, for example "qcow2".</summary>
    public abstract string Name { get; }

    /// <summary>Whether nodes pass the data of one child through.</summary>
    public virtual bool IsFilter => false;

    /// <summary>Whether nodes are the lowest of their chain and have no child "file".</summary>
    public virtual bool IsProtocol => false;

    /// <summary>What a protocol calls itself where both of its names are shown.</summary>
    public virtual string ProtocolName => Name;

    /// <summary>Whether nodes may have a backing child.</summary>
    public virtual bool SupportsBacking => false;

    /// <summary>Whether images can be made with blockdev-create.</summary>
    public virtual bool SupportsCreate => false;

    /// <summary>Whether an option of this driver's own decides what is read, so that a filename alone does not name the image.</summary>
    /// <param name="name">The option's name; never a child's and never one that all drivers share.</param>
    /// <returns>True unless the driver says otherwise.</returns>
    public virtual bool IsStrongOption(string name) => true;

    /// <summary>Whether filenames that start with a protocol and a colon are this driver's.</summary>
    /// <param name="protocol">The protocol, without the colon.</param>
    /// <returns>True if they are.</returns>
    public virtual bool HasProtocol(string protocol) => false;

    /// <summary>Whether a plain path, without a protocol, leads to a device that this driver serves.</summary>
    /// <param name="path">The path.</param>
    /// <returns>True if it does.</returns>
    public virtual bool ServesDevice(string path) => false;

    /// <summary>The options that a filename stands for.</summary>
    /// <param name="filename">A name with a protocol of this driver, or any name when the driver is known otherwise.</param>
    /// <exception cref="Qapi.QmpException">The name makes no sense.</exception>
    /// <returns>The options.</returns>
    public virtual BlockdevOptions ParseFilename(string filename)
        => throw new Qapi.QmpException($"The '{Name}' block driver cannot be opened by a filename");

    /// <summary>Checks that a protocol that needs a file name has one. Comes before the node is named.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="Qapi.QmpException">It has none.</exception>
    public virtual void CheckFileName(BlockdevOptions options)
    {
    }

    /// <summary>The options of an image of this format that lies in a file, all else by default.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The options, or null if this is no image format.</returns>
    public virtual IBlockdevOptionsBranch? MakeBranch(BlockdevRef file) => null;

    /// <summary>Whether an option says what a filename with a protocol says already, so that there cannot be both.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>False unless the driver says otherwise.</returns>
    public virtual bool IsSaidByFilename(string name) => false;

    /// <summary>Makes the state of a new node, not yet open.</summary>
    /// <returns>A new driver instance.</returns>
    public abstract BlockDriver CreateInstance();

    /// <summary>Makes an image (blockdev-create). Runs on the loop.</summary>
    /// <param name="graph">The graph that holds the nodes the options name.</param>
    /// <param name="options">The options, whose branch is this driver's.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="Qapi.QmpException">The image could not be made; the text is QEMU's.</exception>
    /// <returns>A task that ends with the work.</returns>
    public virtual ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptions options, CancellationToken cancellationToken)
        => throw new NotSupportedException(Name);
}
