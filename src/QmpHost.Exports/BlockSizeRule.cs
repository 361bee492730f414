using System.Numerics;
using QmpHost.Qapi;

namespace QmpHost.Exports;

/// <summary>Which sizes the blocks of an exported virtio disk may have.</summary>
internal static class BlockSizeRule
{
    private const ulong Default = 512;
    private const ulong Smallest = 512;
    private const ulong Largest = 2 * 1024 * 1024;

    /// <summary>Checks a size.</summary>
    /// <param name="given">The size in bytes, or null for the default. 0 is let through, as QEMU does.</param>
    /// <param name="id">The export's id.</param>
    /// <param name="profile">The release whose words are used.</param>
    /// <returns>The size in bytes.</returns>
    /// <exception cref="QmpException">It is none.</exception>
    public static uint Check(ulong? given, string id, VersionProfile profile)
    {
        ulong size = given ?? Default;
        bool isInRange = size is 0 or (>= Smallest and <= Largest);
        if (isInRange && (size == 0 || BitOperations.IsPow2(size)))
        {
            return (uint)size;
        }

        throw new QmpException(
            profile.Has(Behaviour.BlockSizesOfExportsAreOneRule)
                ? $"parameter logical-block-size must be a power of 2 between {Smallest} and {Largest}"
                : isInRange
                    ? $"Property {id}.logical-block-size doesn't take value '{(long)size}', it's not a power of 2"
                    : $"Property {id}.logical-block-size doesn't take value {(long)size} (minimum: {Smallest}, maximum: {Largest})");
    }
}
