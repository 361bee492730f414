using QmpHost.Block.Core;

namespace QmpHost.Block.Drivers.Quorum;

/// <summary>The votes of children for what they have read. Of versions with as many votes the one that came up last wins, as in QEMU.</summary>
internal sealed class QuorumVote
{
    private readonly List<List<int>> _versions = [];

    /// <summary>Counts the votes.</summary>
    /// <param name="data">What each child has read.</param>
    /// <param name="errors">0 for each that could be read; the others do not vote.</param>
    public QuorumVote(byte[][] data, Errno[] errors)
    {
        for (int i = 0; i < data.Length; i++)
        {
            if (errors[i] == 0)
            {
                Add(data, i);
            }
        }

        Winner = _versions.AsEnumerable().Reverse().MaxBy(static version => version.Count)
            ?? throw new ArgumentException("Nobody votes.", nameof(errors));
    }

    /// <summary>The children that have read what counts.</summary>
    public IReadOnlyList<int> Winner { get; }

    /// <summary>Whether all that could be read agree.</summary>
    public bool IsUnanimous => _versions.Count == 1;

    /// <summary>The children that have read something else; of the version that came up last first.</summary>
    public IEnumerable<int> Losers => _versions.AsEnumerable().Reverse().Where(version => version != Winner).SelectMany(static version => version);

    /// <summary>The error to fail with: the most frequent one.</summary>
    /// <param name="errors">The errors of all children; 0 for those without.</param>
    public static Errno OfErrors(Errno[] errors)
        => errors.Where(static error => error != 0).GroupBy(static error => error).Reverse().MaxBy(static same => same.Count())!.Key;

    private void Add(byte[][] data, int child)
    {
        List<int>? version = _versions.Find(known => data[known[0]].AsSpan().SequenceEqual(data[child]));
        if (version is null)
        {
            _versions.Add(version = []);
        }

        version.Add(child);
    }
}
