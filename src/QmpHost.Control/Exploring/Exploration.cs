using QmpHost.Block.Loop;

namespace QmpHost.Control.Exploring;

/// <summary>Hesitations by seed, during which other work of the host goes first. Used on the host's loop only.</summary>
internal sealed class Exploration(EventLoop loop, int seed)
{
    private const int MostTurns = 6;

    private readonly Random _random = new(seed);

    /// <summary>Lets what is ready go first, some times.</summary>
    public async Task HesitateAsync()
    {
        for (int turns = _random.Next(MostTurns + 1); turns > 0; turns--)
        {
            await loop.YieldAsync();
        }
    }
}
