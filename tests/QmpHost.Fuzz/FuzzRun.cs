using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace QmpHost.Fuzz;

/// <summary>
/// A bounded run of random cases. QMPHOST_FUZZ_SECONDS says how long each run takes (5 unless told otherwise),
/// QMPHOST_FUZZ_SEED where it begins, QMPHOST_FUZZ_PATIENCE how many seconds something that must end may
/// take (20). A case depends on its own seed only: to see one again, begin with it.
/// </summary>
public sealed class FuzzRun
{
    private const int DefaultSeed = 257;

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly TimeSpan _limit = TimeSpan.FromSeconds(Setting("QMPHOST_FUZZ_SECONDS", 5));
    private readonly int _first = Setting("QMPHOST_FUZZ_SEED", DefaultSeed);
    private int _count;

    /// <summary>The seed of the present case.</summary>
    public int Seed => _first + _count - 1;

    /// <summary>Begins the next case.</summary>
    /// <param name="random">Its source of randomness.</param>
    /// <returns>False when the time is up.</returns>
    public bool Next(out Random random)
    {
        random = new Random(_first + _count);
        if (_count > 0 && _watch.Elapsed >= _limit)
        {
            TestContext.Out.WriteLine($"{_count} cases, seeds {_first} to {Seed}");
            return false;
        }

        _count++;
        return true;
    }

    /// <summary>A number from the environment.</summary>
    /// <param name="name">The name of the variable.</param>
    /// <param name="otherwise">What holds where there is none.</param>
    /// <returns>The number.</returns>
    public static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
