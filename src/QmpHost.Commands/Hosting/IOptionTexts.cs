using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Hosting;

/// <summary>Options as the command line writes them, for monitor commands that take the same texts.</summary>
/// <remarks>Used on the host's event loop only. Wrong texts fail with <see cref="QmpException"/>.</remarks>
public interface IOptionTexts
{
    /// <summary>Reads what option -device takes.</summary>
    /// <param name="text">The text, or an empty one.</param>
    QDict ReadDevice(string text);

    /// <summary>Reads what option -object takes.</summary>
    /// <param name="text">The text.</param>
    ObjectOptions ReadObject(string text);

    /// <summary>Reads what option -netdev takes.</summary>
    /// <param name="text">The text.</param>
    Netdev ReadNetdev(string text);

    /// <summary>Reads what option -blockdev takes.</summary>
    /// <param name="text">The text.</param>
    BlockdevOptions ReadBlockdev(string text);

    /// <summary>Adds what option -chardev describes.</summary>
    /// <param name="text">The text.</param>
    ValueTask AddCharacterDeviceAsync(string text);

    /// <summary>Puts what option -chardev describes in the place of a device.</summary>
    /// <param name="id">The device.</param>
    /// <param name="text">The text.</param>
    ValueTask ChangeCharacterDeviceAsync(string id, string text);

    /// <summary>Adds the drive that option -drive describes.</summary>
    /// <param name="text">The text.</param>
    /// <returns>What whoever entered it is told.</returns>
    ValueTask<string> AddDriveAsync(string text);
}
