using System.Globalization;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>A structure of the image contradicts itself; the request ends with EIO, and the image is marked.</summary>
internal sealed class ImageCorruptException : IOException
{
    public ImageCorruptException(string message, long? offset = null, long? size = null)
        : base(message)
    {
        Offset = offset;
        Size = size;
    }

    /// <summary>Where in the image file, if the finding has a place.</summary>
    public long? Offset { get; }

    /// <summary>Length in bytes of what was about to be written.</summary>
    public long? Size { get; }

    /// <summary>A number as such messages show it: like 0x1f, but a zero without prefix.</summary>
    public static string Hex(long value) => value == 0 ? "0" : "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}
