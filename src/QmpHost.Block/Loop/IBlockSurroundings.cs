namespace QmpHost.Block.Loop;

/// <summary>What the block layer asks of the host around it.</summary>
public interface IBlockSurroundings
{
    /// <summary>Whether a guest could run here, for which some old formats are not trusted any more.</summary>
    bool HasMachine { get; }

    /// <summary>How long the guest has run, in nanoseconds; where there is no guest, the time of day since 1970.</summary>
    long VirtualNanoseconds { get; }

    /// <summary>Whether a user-created object exists.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>True if it does, of whatever type.</returns>
    bool HasObject(string id);

    /// <summary>Finds an iothread.</summary>
    /// <param name="path">Its id, or a path in the tree of objects that leads to it.</param>
    /// <returns>Its id, or null if there is no such iothread.</returns>
    string? FindIOThread(string path);

    /// <summary>The bytes of a secret.</summary>
    /// <param name="id">The id of the object that holds it.</param>
    /// <exception cref="Qapi.QmpException">There is no such object, or it is none of a secret, in QEMU's words.</exception>
    /// <returns>The bytes.</returns>
    ReadOnlyMemory<byte> GetSecret(string id);
}
