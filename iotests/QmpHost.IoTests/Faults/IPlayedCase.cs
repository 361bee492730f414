namespace QmpHost.IoTests.Faults;

/// <summary>Something that is played on QmpHost and on QEMU side by side; everything in it follows from a seed.</summary>
internal interface IPlayedCase
{
    /// <summary>The seed.</summary>
    int Seed { get; }

    /// <summary>Commands in order; <c>$DIR</c> is the host's directory.</summary>
    IEnumerable<string> Script { get; }

    /// <summary>Makes the files <c>image</c> and <c>other</c> in a host's directory.</summary>
    void Prepare(FaultImages images, string directory);
}
