using QmpHost.Block.Graph;

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

    /// <summary>Sets what the device wants of its drive.</summary>
    /// <param name="writeCache">Whether what is written may stay in caches until it is flushed; null to leave that as it is.</param>
    /// <param name="onWriteError">What happens when writing fails; "auto" to leave that as it is.</param>
    /// <param name="onReadError">The same for reading.</param>
    void Configure(bool? writeCache, string onWriteError, string onReadError);

    /// <summary>Sets which requests count; null for the default, which is all.</summary>
    /// <param name="invalid">Whether those that cannot be carried out count.</param>
    /// <param name="failed">Whether those that failed count.</param>
    void Account(bool? invalid, bool? failed);

    /// <summary>Puts the drive behind another device.</summary>
    /// <param name="device">The device.</param>
    void MoveTo(IBackendDevice device);
}
