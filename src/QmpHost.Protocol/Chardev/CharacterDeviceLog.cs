using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>A file that gets a copy of what the users of a character device send.</summary>
/// <param name="path">Its path.</param>
/// <param name="append">Whether what it holds is kept.</param>
public sealed class CharacterDeviceLog(string path, bool append) : IDisposable
{
    private FileStream? _file;

    /// <summary>Opens the file.</summary>
    /// <exception cref="QmpException">It cannot be opened.</exception>
    public void Open() => _file = FileStreams.Open(path, append ? FileMode.Append : FileMode.Create, FileAccess.Write, "create");

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    /// <summary>Appends bytes. What cannot be written is lost, as in QEMU: the device goes on.</summary>
    internal void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file?.Write(bytes);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The device matters more than its log.
        }
    }
}
