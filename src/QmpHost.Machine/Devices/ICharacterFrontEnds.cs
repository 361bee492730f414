using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The character devices of a host, as guest devices attach to them.</summary>
public interface ICharacterFrontEnds
{
    /// <summary>Attaches a guest device.</summary>
    /// <param name="id">The character device.</param>
    /// <param name="isOpen">Whether the guest device is there for peers at once, rather than when the guest opens it.</param>
    /// <returns>What lets go of it again, or null where there is no such character device.</returns>
    /// <exception cref="QmpException">Somebody else uses it.</exception>
    IDisposable? TryAttach(string id, bool isOpen);
}

/// <summary>How objects that clients make attach to character devices.</summary>
internal static class CharacterFrontEnds
{
    /// <summary>Attaches an object that is there for peers at once.</summary>
    /// <param name="frontEnds">The character devices, or null where there are none.</param>
    /// <param name="id">The character device.</param>
    /// <returns>What lets go of it again.</returns>
    /// <exception cref="QmpException">There is no such character device, or somebody else uses it.</exception>
    public static IDisposable Attach(this ICharacterFrontEnds? frontEnds, string id)
        => frontEnds?.TryAttach(id, isOpen: true) ?? throw new QmpException(QmpErrorClass.DeviceNotFound, $"Device '{id}' not found");
}
