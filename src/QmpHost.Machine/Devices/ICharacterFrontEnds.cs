namespace QmpHost.Machine.Devices;

/// <summary>The character devices of a host, as guest devices attach to them.</summary>
public interface ICharacterFrontEnds
{
    /// <summary>Attaches a guest device.</summary>
    /// <param name="id">The character device.</param>
    /// <param name="isOpen">Whether the guest device is there for peers at once, rather than when the guest opens it.</param>
    /// <returns>What lets go of it again, or null where there is no such character device.</returns>
    /// <exception cref="Qapi.QmpException">Somebody else uses it.</exception>
    IDisposable? TryAttach(string id, bool isOpen);
}
