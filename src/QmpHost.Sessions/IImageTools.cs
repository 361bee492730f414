namespace QmpHost.Sessions;

/// <summary>What sessions and scenarios need done to images outside of the host under test.</summary>
public interface IImageTools
{
    /// <summary>Makes an image; raw images are made without any tool.</summary>
    /// <exception cref="SessionException">The image could not be made.</exception>
    ValueTask CreateAsync(ImageSpec image, CancellationToken cancellationToken);

    /// <summary>Fills a range of an image with one byte value.</summary>
    /// <exception cref="SessionException">The image could not be written.</exception>
    ValueTask WriteAsync(string format, string path, byte pattern, long offset, long length, CancellationToken cancellationToken);

    /// <summary>Compares the contents of two images as guests see them.</summary>
    /// <param name="first">First image.</param>
    /// <param name="second">Second image.</param>
    /// <param name="cancellationToken">Cancels the comparison.</param>
    /// <returns>True if every byte is equal; beyond the end of the shorter one only zeroes are equal.</returns>
    /// <exception cref="SessionException">An image could not be read.</exception>
    ValueTask<bool> CompareAsync(ImageChain first, ImageChain second, CancellationToken cancellationToken);
}
