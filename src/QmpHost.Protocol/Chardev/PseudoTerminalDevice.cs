using Microsoft.Win32.SafeHandles;

namespace QmpHost.Protocol.Chardev;

/// <summary>A pseudo terminal: whoever opens it is the peer.</summary>
/// <param name="id">The device's name.</param>
/// <param name="link">Path of a symbolic link to the terminal that is made, or null.</param>
public sealed class PseudoTerminalDevice(string id, string? link = null) : CharacterDevice(id)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    private SafeFileHandle? _master;
    private bool _isLinked;

    /// <summary>The terminal's path; empty before the device is open.</summary>
    public string Path { get; private set; } = string.Empty;

    /// <inheritdoc/>
    public override string Filename => $"pty:{Path}";

    /// <inheritdoc/>
    public override Task OpenAsync(CancellationToken cancellationToken = default)
    {
        (_master, Path) = Terminal.MakePseudoTerminal();
        if (link is not null)
        {
            Terminal.Link(Path, link);
            _isLinked = true;
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async ValueTask<CharacterConnection?> NextAsync(CancellationToken cancellationToken)
    {
        // The system does not tell when somebody opens the terminal: one has to look.
        while (true)
        {
            Terminal.Poll(_master!, 0, out bool isHungUp);
            if (!isHungUp)
            {
                return new StreamConnection(new TerminalStream(_master!));
            }

            await Task.Delay(LookInterval, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override void CloseListener()
    {
        _master?.Dispose();
        if (_isLinked)
        {
            File.Delete(link!);
        }

        base.CloseListener();
    }
}
