using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>How many requests took how long.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
/// <param name="boundaries">Where one range of times ends and the next begins, in ns; ascending, without zero.</param>
public sealed class LatencyHistogram(IReadOnlyList<ulong> boundaries)
{
    private readonly ulong[] _boundaries = [.. boundaries];
    private readonly ulong[] _bins = new ulong[boundaries.Count + 1];

    /// <summary>Whether boundaries ascend, from above zero.</summary>
    /// <param name="boundaries">The boundaries, in ns.</param>
    public static bool AreValid(IReadOnlyList<ulong> boundaries)
    {
        ArgumentNullException.ThrowIfNull(boundaries);
        ulong last = 0;
        foreach (ulong boundary in boundaries)
        {
            if (boundary <= last)
            {
                return false;
            }

            last = boundary;
        }

        return true;
    }

    /// <summary>Counts a request.</summary>
    /// <param name="nanoseconds">How long it took.</param>
    public void Count(long nanoseconds)
    {
        int at = Array.BinarySearch(_boundaries, (ulong)nanoseconds);
        _bins[at < 0 ? ~at : at + 1]++;
    }

    /// <summary>The histogram as query-blockstats shows it.</summary>
    /// <returns>The description.</returns>
    public BlockLatencyHistogramInfo Describe() => new() { Boundaries = [.. _boundaries], Bins = [.. _bins] };
}
