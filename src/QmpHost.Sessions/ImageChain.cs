namespace QmpHost.Sessions;

/// <summary>An image with the backing chain that it is to be read with, whatever its own header says.</summary>
/// <param name="Format">Format of the image.</param>
/// <param name="Path">Full path of the file.</param>
/// <param name="Backing">The image below; null for none.</param>
public sealed record ImageChain(string Format, string Path, ImageChain? Backing = null);
