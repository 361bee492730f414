using System.Globalization;
using System.Text;
using QmpHost.Qapi;

namespace QmpHost.Protocol.Chardev;

/// <summary>A file that gets a copy of what the users of a character device send.</summary>
/// <param name="path">Its path.</param>
/// <param name="append">Whether what it holds is kept.</param>
/// <param name="clock">The clock whose time each line begins with; null for lines as they are.</param>
public sealed class CharacterDeviceLog(string path, bool append, TimeProvider? clock = null) : IDisposable
{
    private FileStream? _file;
    private bool _isWithinLine;

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
            if (clock is null)
            {
                _file?.Write(bytes);
            }
            else
            {
                WriteLines(bytes, clock);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The device matters more than its log.
        }
    }

    private void WriteLines(ReadOnlySpan<byte> bytes, TimeProvider time)
    {
        while (!bytes.IsEmpty)
        {
            if (!_isWithinLine)
            {
                string now = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z '", CultureInfo.InvariantCulture);
                _file?.Write(Encoding.ASCII.GetBytes(now));
            }

            int end = bytes.IndexOf((byte)'\n');
            _isWithinLine = end < 0;
            int length = end < 0 ? bytes.Length : end + 1;
            _file?.Write(bytes[..length]);
            bytes = bytes[length..];
        }
    }
}
