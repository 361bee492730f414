using QmpHost.Qapi;
using QmpHost.Running;
using QmpHost.Sessions;

namespace QmpHost;

/// <summary>Whom a session is played on: QmpHost as some release, or QEMU as it is installed.</summary>
internal sealed class SessionSide
{
    private const string Oracle = "qemu";

    private readonly SessionPlayer _player;

    private SessionSide(string name, ProcessTarget target)
    {
        Name = name;
        _player = new SessionPlayer(new SessionPlayerOptions
        {
            Target = target,
            Tools = QemuImageTools.AreInstalled ? new QemuImageTools() : new HostImageTools(target),
        });
    }

    /// <summary>Its name in messages.</summary>
    public string Name { get; }

    /// <summary>Reads a side: a release of QmpHost, "qemu", or "qemu:FOLDER" with the folder of its programs.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is none.</exception>
    public static SessionSide Parse(string text) => text switch
    {
        Oracle => new SessionSide("QEMU", ProcessTarget.Oracle()),
        _ when text.StartsWith(Oracle + ":", StringComparison.Ordinal) => new SessionSide($"QEMU in {text[5..]}", ProcessTarget.Oracle(text[5..])),
        _ => OfRelease(VersionProfile.Parse(text)),
    };

    /// <summary>QmpHost as a release.</summary>
    /// <param name="profile">The release.</param>
    public static SessionSide OfRelease(VersionProfile profile)
        => new($"QmpHost as {profile}", ProcessTarget.QmpHost(OwnProgram.Command()[^1], profile.ToString()));

    /// <summary>Plays a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="program">As which program.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task with the transcript.</returns>
    public Task<string> PlayAsync(SessionFile session, SessionProgram program, CancellationToken cancellationToken)
        => _player.PlayAsync(session, program, cancellationToken);
}
