using QmpHost.Qapi;

namespace QmpHost.Block.Graph.Permissions;

/// <summary>Who forbids which operations on a node, and why. Used on the host's event loop.</summary>
public sealed class OpBlockers
{
    private readonly List<Blocker> _blockers = [];

    /// <summary>Whether anybody forbids anything.</summary>
    public bool IsEmpty => _blockers.Count == 0;

    /// <summary>Forbids every operation.</summary>
    /// <param name="owner">Who forbids it; handed to <see cref="UnblockAll"/> again.</param>
    /// <param name="reason">Why, as error messages say it, for example "block device is in use by block job: backup".</param>
    public void BlockAll(object owner, string reason) => BlockAllBut(owner, reason, []);

    /// <summary>Forbids every operation but some.</summary>
    /// <param name="owner">Who forbids them; handed to <see cref="UnblockAll"/> again.</param>
    /// <param name="reason">Why, as error messages say it.</param>
    /// <param name="allowed">The operations that stay allowed.</param>
    public void BlockAllBut(object owner, string reason, IReadOnlyList<BlockOperation> allowed)
        => _blockers.Add(new Blocker(owner, reason, allowed));

    /// <summary>Takes back everything that an owner forbade.</summary>
    /// <param name="owner">Who forbade it.</param>
    public void UnblockAll(object owner) => _blockers.RemoveAll(b => ReferenceEquals(b.Owner, owner));

    /// <summary>The reason why an operation is forbidden, the newest first, or null.</summary>
    /// <param name="operation">The operation.</param>
    /// <returns>The reason, or null if the operation is allowed.</returns>
    public string? Find(BlockOperation operation)
        => _blockers.FindLast(b => !b.Allowed.Contains(operation))?.Reason;

    /// <summary>Checks that an operation is allowed.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="nodeName">The node's device or node name, for the message.</param>
    /// <exception cref="QmpException">"Node 'x' is busy: reason".</exception>
    public void Check(BlockOperation operation, string nodeName)
    {
        if (Find(operation) is { } reason)
        {
            throw new QmpException($"Node '{nodeName}' is busy: {reason}");
        }
    }

    private sealed record Blocker(object Owner, string Reason, IReadOnlyList<BlockOperation> Allowed);
}
