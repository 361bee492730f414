using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Hosting;

/// <summary>The character devices of a host, as commands see them. Used on the host's event loop only.</summary>
public interface ICharacterDevices
{
    /// <summary>Makes a device and opens it.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="backend">What it is.</param>
    /// <param name="session">The monitor, whose named descriptors sockets may use; or null.</param>
    /// <returns>What there is to know of it.</returns>
    /// <exception cref="QmpException">It cannot be made.</exception>
    ValueTask<ChardevReturn> AddAsync(string id, ChardevBackend backend, IQmpSession? session);

    /// <summary>Puts another device in the place of one; where that fails there is none.</summary>
    /// <param name="id">The id of both.</param>
    /// <param name="backend">What it becomes.</param>
    /// <param name="session">The monitor, or null.</param>
    /// <returns>What there is to know of it.</returns>
    /// <exception cref="QmpException">There is no such device, its user cannot change, or the new one cannot be made.</exception>
    ValueTask<ChardevReturn> ChangeAsync(string id, ChardevBackend backend, IQmpSession? session);

    /// <summary>Removes a device.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="QmpException">There is none, or somebody uses it.</exception>
    ValueTask RemoveAsync(string id);

    /// <summary>Sends a break to the user of a device.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="QmpException">There is none.</exception>
    void SendBreak(string id);

    /// <summary>The devices.</summary>
    IReadOnlyList<ChardevInfo> Query();

    /// <summary>The kinds of devices.</summary>
    IReadOnlyList<ChardevBackendInfo> QueryBackends();

    /// <summary>Puts bytes into a ring buffer.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="QmpException">There is no such ring buffer.</exception>
    void WriteRing(string id, ReadOnlySpan<byte> bytes);

    /// <summary>Takes the oldest bytes out of a ring buffer.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="most">How many at most.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="QmpException">There is no such ring buffer.</exception>
    byte[] ReadRing(string id, int most);

    /// <summary>The ids of the devices whose connections can be cut.</summary>
    IReadOnlyList<string> ConnectionIds { get; }

    /// <summary>Cuts the connection of the peer that is there, if one is.</summary>
    /// <param name="id">The id of a device.</param>
    ValueTask CutAsync(string id);
}
