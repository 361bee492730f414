namespace QmpHost.Sessions;

/// <summary>An image to be made before a host starts.</summary>
/// <param name="Format"><c>raw</c> or <c>qcow2</c>.</param>
/// <param name="Path">Full path of the file.</param>
/// <param name="Size">Virtual size in bytes; negative to take it from the backing file.</param>
/// <param name="Options">Further members of the format's <c>BlockdevCreateOptions</c>, by wire name, in their text form.</param>
public sealed record ImageSpec(string Format, string Path, long Size, IReadOnlyDictionary<string, string> Options);
