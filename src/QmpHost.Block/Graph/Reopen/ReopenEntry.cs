using QmpHost.Block.Core;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Reopen;

/// <summary>One node that gets other options, and how it was before.</summary>
internal sealed class ReopenEntry
{
    private readonly NodeFlags _oldFlags;
    private readonly bool _wasReadOnly;
    private BlockReopen _prepared = BlockReopen.None;

    public ReopenEntry(BlockNode node, BlockdevOptions options, NodeFlags flags, bool isKept)
    {
        Node = node;
        Options = options;
        IsKept = isKept;
        Context = new BlockReopenContext(node, options, flags);
        _oldFlags = node.Flags;
        _wasReadOnly = node.ReadOnly;
    }

    public BlockNode Node { get; }

    public BlockdevOptions Options { get; }

    /// <summary>Whether the node keeps its own options, and only takes over what its parent was given.</summary>
    public bool IsKept { get; }

    public BlockReopenContext Context { get; }

    /// <summary>Checks what does not depend on the driver, and lets the driver prepare itself.</summary>
    /// <exception cref="QmpException">It cannot be done.</exception>
    public async ValueTask PrepareAsync()
    {
        Context.Flags.CheckDetectZeroes();
        BlockDriverDescriptor descriptor = Node.Driver.Descriptor;
        if (descriptor.ReopenOptions is null)
        {
            throw new QmpException($"Block format '{descriptor.Name}' used by node '{Node.NodeName}' does not support reopening files");
        }

        if (!IsKept)
        {
            ReopenOptionCheck.CheckResets(Node, Options);
        }

        await FlushAsync();
        _prepared = await Node.Driver.PrepareReopenAsync(Context);
    }

    /// <summary>The node stays as it is.</summary>
    public ValueTask AbortAsync() => _prepared.AbortAsync();

    /// <summary>What the driver does when all nodes have changed.</summary>
    /// <exception cref="QmpException">It failed, which changes nothing any more.</exception>
    public ValueTask FinishAsync() => _prepared.FinishAsync();

    /// <summary>Takes over the flags, so that permissions are judged by them.</summary>
    public void ApplyFlags()
    {
        Node.BecomesReadOnly = Context.BecomesReadOnly;
        Node.Flags = Context.Flags;
        Node.ReadOnly = Context.ReadOnly;
    }

    /// <summary>Puts the flags back.</summary>
    public void RevertFlags()
    {
        Node.BecomesReadOnly = false;
        Node.Flags = _oldFlags;
        Node.ReadOnly = _wasReadOnly;
    }

    /// <summary>Lets the driver work with the new options from now on.</summary>
    public void Commit()
    {
        Node.BecomesReadOnly = false;
        if (!IsKept)
        {
            Node.Options = Options;
        }

        _prepared.Commit();
        Node.Graph.NoteChange();
    }

    private async ValueTask FlushAsync()
    {
        try
        {
            await Node.Io.FlushAsync();
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Error flushing drive: {e.Errno.Describe()}", e);
        }
    }
}
