namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>What a check of an image found.</summary>
internal sealed class CheckReport
{
    private const int MaxMessages = 100;

    private readonly List<string> _messages = [];

    /// <summary>Contradictions that endanger data.</summary>
    public int Corruptions { get; private set; }

    /// <summary>Clusters that are counted but not used.</summary>
    public int Leaks { get; private set; }

    /// <summary>How many guest clusters have contents.</summary>
    public long AllocatedClusters { get; set; }

    /// <summary>How many of them are compressed.</summary>
    public long CompressedClusters { get; set; }

    /// <summary>Behind the last host cluster that is used, in bytes.</summary>
    public long ImageEndOffset { get; set; }

    /// <summary>The first findings in words.</summary>
    public IReadOnlyList<string> Messages => _messages;

    /// <summary>Whether there is nothing to find fault with, except perhaps leaks.</summary>
    public bool IsSound => Corruptions == 0;

    public void AddCorruption(string message)
    {
        Corruptions++;
        AddMessage("ERROR " + message);
    }

    public void AddLeak(long cluster, ulong stored, ulong referenced)
    {
        Leaks++;
        AddMessage($"Leaked cluster {cluster} refcount={stored} reference={referenced}");
    }

    private void AddMessage(string message)
    {
        if (_messages.Count < MaxMessages)
        {
            _messages.Add(message);
        }
    }
}
