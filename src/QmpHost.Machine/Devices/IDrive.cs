namespace QmpHost.Machine.Devices;

/// <summary>What a device reads from and writes to.</summary>
public interface IDrive
{
    /// <summary>The name of the node, or "" without a medium.</summary>
    string NodeName { get; }

    /// <summary>The name that commands know the drive by, or an empty text.</summary>
    string Name { get; }

    /// <summary>Whether there is a medium.</summary>
    bool HasMedium { get; }

    /// <summary>Whether the medium can be written.</summary>
    bool IsWritable { get; }

    /// <summary>Length of the medium in bytes.</summary>
    long Length { get; }

    /// <summary>Claims the drive for a device that starts to work.</summary>
    /// <param name="write">Whether the device writes.</param>
    /// <param name="shareWrite">Whether others may write as well.</param>
    /// <param name="shareResize">Whether others may change the length.</param>
    /// <exception cref="Qapi.QmpException">Somebody else's claim forbids it; nothing has changed.</exception>
    void Claim(bool write, bool shareWrite, bool shareResize);

    /// <summary>Takes the claim back.</summary>
    void Release();

    /// <summary>Goes over to another node, under running requests.</summary>
    /// <param name="nodeName">The node.</param>
    /// <exception cref="Qapi.QmpException">There is no such node, or its users forbid it; nothing has changed.</exception>
    ValueTask SwitchAsync(string nodeName);

    /// <summary>Gives the drive back.</summary>
    ValueTask CloseAsync();
}
