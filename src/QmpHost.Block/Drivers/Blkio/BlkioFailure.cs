using QmpHost.Block.Core;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Blkio;

/// <summary>What these drivers say where nothing answers at a path: in the words of the library that QEMU has for them.</summary>
internal static class BlkioFailure
{
    /// <summary>The system refused.</summary>
    /// <param name="error">Its error number.</param>
    public static QmpException OfSystem(int error)
        => Of($"{((Errno)error).Describe()} (os error {error})", (Errno)error);

    /// <summary>Something is not as it has to be.</summary>
    /// <param name="what">What.</param>
    /// <param name="error">The error number that stands for it.</param>
    public static QmpException Of(string what, Errno error) => Of($"{what}: {error.Describe()}");

    /// <summary>Something else.</summary>
    /// <param name="what">All that is to be said.</param>
    public static QmpException Of(string what) => new($"blkio_connect failed: {what}");
}
