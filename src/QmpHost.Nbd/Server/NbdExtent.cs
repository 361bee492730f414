namespace QmpHost.Nbd.Server;

/// <summary>One stretch of a metadata context.</summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Value">The context's value there.</param>
public readonly record struct NbdExtent(long Length, uint Value);
