namespace QmpHost.Block.Graph;

/// <summary>A guest device whose medium can be changed while it is there.</summary>
public interface IRemovableDevice : IBackendDevice
{
    /// <summary>Opens or closes the tray; a device without one takes note of a medium that came or went.</summary>
    /// <param name="isLoading">Whether a medium comes.</param>
    /// <exception cref="Qapi.QmpException">The device cannot use the medium.</exception>
    void ChangeMedium(bool isLoading);
}
