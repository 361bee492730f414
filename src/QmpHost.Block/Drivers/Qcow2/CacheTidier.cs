namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>Forgets tables that were not used for a while, at the interval that the node's options give.</summary>
internal sealed class CacheTidier : IDisposable
{
    // Timers take no longer periods.
    private static readonly TimeSpan MaxInterval = TimeSpan.FromDays(49);

    private readonly Qcow2Image _image;
    private readonly ITimer _timer;

    private CacheTidier(Qcow2Image image, TimeSpan interval)
    {
        _image = image;
        interval = interval < MaxInterval ? interval : MaxInterval;
        _timer = image.Node.Graph.Context.Clock.CreateTimer(
            static state => ((CacheTidier)state!).Schedule(), this, interval, interval);
    }

    /// <summary>Starts, if the options ask for it.</summary>
    public static CacheTidier? Start(Qcow2Image image)
        => image.Settings.CleanInterval > TimeSpan.Zero ? new CacheTidier(image, image.Settings.CleanInterval) : null;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Schedule() => _image.Node.Graph.Context.Loop.Post(static state => ((CacheTidier)state!).Tidy(), this);

    private void Tidy()
    {
        // Tables in use are not worth waiting for: the next round comes.
        if (!_image.Lock.IsHeld)
        {
            _image.L2Cache.Tidy();
            _image.RefcountCache.Tidy();
        }
    }
}
