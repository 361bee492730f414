namespace QmpHost.Control.Exploring;

/// <summary>A test has failed under some order of what happens that QEMU permits.</summary>
public sealed class ExplorationException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="seed">The seed of the order.</param>
    /// <param name="report">How the host stood.</param>
    /// <param name="cause">Why the test failed.</param>
    public ExplorationException(int seed, string report, Exception cause)
        : base($"Fails with seed {seed}, which Explorer.ReplayAsync plays again: {cause?.Message}\n{report}", cause)
        => Seed = seed;

    /// <summary>The seed of the order.</summary>
    public int Seed { get; }
}
