using QmpHost.Qapi;

namespace QmpHost.Protocol.Server;

/// <summary>The commands that a host's monitors offer.</summary>
public interface IQmpCommandDispatcher
{
    /// <summary>Looks a command up. Called on the host's event loop.</summary>
    /// <param name="name">The command's name.</param>
    /// <returns>The command, or null if clients get "The command … has not been found".</returns>
    CommandDescriptor? Find(string name);
}
