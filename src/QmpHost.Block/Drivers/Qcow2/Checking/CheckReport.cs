namespace QmpHost.Block.Drivers.Qcow2.Checking;

/// <summary>What a check of an image found, in QEMU's words.</summary>
/// <param name="print">Takes each finding as it is made, one line without a line end; null to print nothing.</param>
internal sealed class CheckReport(Action<string>? print = null)
{
    private const int MaxMessages = 100;

    private readonly List<string> _messages = [];

    /// <summary>Contradictions that endanger data and were not corrected.</summary>
    public int Corruptions { get; private set; }

    /// <summary>Clusters that are counted but not used, and were not set free.</summary>
    public int Leaks { get; private set; }

    /// <summary>What could not be checked or corrected.</summary>
    public int Failures { get; private set; }

    /// <summary>Whether the refcounts cannot be corrected where they are: they must be written anew.</summary>
    public bool NeedsRebuild { get; set; }

    /// <summary>How many guest clusters have contents.</summary>
    public long AllocatedClusters { get; set; }

    /// <summary>How many of them are compressed.</summary>
    public long CompressedClusters { get; set; }

    /// <summary>Behind the last host cluster that is used, in bytes.</summary>
    public long ImageEndOffset { get; set; }

    /// <summary>The first findings in words.</summary>
    public IReadOnlyList<string> Messages => _messages;

    /// <summary>Whether there is nothing to find fault with, except perhaps leaks.</summary>
    public bool IsSound => Corruptions == 0 && Failures == 0;

    /// <summary>Notes a contradiction that stays.</summary>
    public void AddCorruption(string message)
    {
        Corruptions++;
        AddMessage(message);
    }

    /// <summary>Notes a leak that stays.</summary>
    public void AddLeak(string message)
    {
        Leaks++;
        AddMessage(message);
    }

    /// <summary>Notes that something could not be checked or corrected.</summary>
    public void AddFailure(string message)
    {
        Failures++;
        AddMessage(message);
    }

    /// <summary>Tells something that counts as nothing by itself.</summary>
    public void AddMessage(string message)
    {
        print?.Invoke(message);
        if (_messages.Count < MaxMessages)
        {
            _messages.Add(message);
        }
    }

    /// <summary>Notes that a contradiction has been found, and whether it is going to be corrected.</summary>
    /// <param name="finding">What was found.</param>
    /// <param name="isCorrected">Whether it is going to be corrected.</param>
    public void AddFinding(string finding, bool isCorrected)
    {
        if (isCorrected)
        {
            AddMessage("Repairing " + finding);
        }
        else
        {
            AddCorruption("ERROR " + finding);
        }
    }

    /// <summary>Gives what has been counted so far.</summary>
    /// <returns>What <see cref="Return"/> takes.</returns>
    public (int Corruptions, int Leaks) Remember() => (Corruptions, Leaks);

    /// <summary>Goes back to an earlier count, since what was found later is found again.</summary>
    public void Return((int Corruptions, int Leaks) earlier) => (Corruptions, Leaks) = earlier;

    /// <summary>Forgets what was counted, since everything is checked again.</summary>
    public void StartOver()
    {
        Return((0, 0));
        NeedsRebuild = false;
        AllocatedClusters = CompressedClusters = 0;
    }
}
