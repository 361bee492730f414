namespace QmpHost.Machine.Boards;

/// <summary>How many processors a machine has and could have, and how they sit in it. Immutable.</summary>
/// <param name="Cpus">The processors that are there.</param>
/// <param name="MaxCpus">The most that there can be: the product of the others.</param>
/// <param name="Sockets">The sockets.</param>
/// <param name="Dies">The dies of a socket.</param>
/// <param name="Cores">The cores of a die.</param>
/// <param name="Threads">The threads of a core.</param>
public sealed record CpuTopology(int Cpus = 1, int MaxCpus = 1, int Sockets = 1, int Dies = 1, int Cores = 1, int Threads = 1)
{
    /// <summary>The place of a processor.</summary>
    /// <param name="index">Its number, less than <see cref="MaxCpus"/>.</param>
    /// <returns>Its socket, die of the socket, core of the die and thread of the core.</returns>
    public (int Socket, int Die, int Core, int Thread) PlaceOf(int index)
        => (index / (Dies * Cores * Threads), index / (Cores * Threads) % Dies, index / Threads % Cores, index % Threads);

    /// <summary>The number of the processor in a place.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="die">The die of the socket.</param>
    /// <param name="core">The core of the die.</param>
    /// <param name="thread">The thread of the core.</param>
    /// <returns>The number.</returns>
    public int IndexOf(int socket, int die, int core, int thread) => (((((socket * Dies) + die) * Cores) + core) * Threads) + thread;
}
