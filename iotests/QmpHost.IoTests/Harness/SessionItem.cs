using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>A recorded session on one program.</summary>
public sealed class SessionItem(string name, SessionFile session, SessionProgram program, string release) : GoldenItem
{
    /// <inheritdoc/>
    public override string Name => (program == SessionProgram.System ? name : name + ".qsd") + Suffix;

    /// <inheritdoc/>
    public override string Release => release;

    /// <inheritdoc/>
    public override string PathUnder(string release) => Corpus.TranscriptPath(name, program, release);

    /// <inheritdoc/>
    public override string? MissingTool => session.Tools.FirstOrDefault(static tool => ExecutablePath.Find(tool) is null);

    /// <inheritdoc/>
    public override Task<string> PlayAsync(ISessionTarget target, PlayOptions options = default) =>
        new SessionPlayer(new SessionPlayerOptions { Target = target, Tools = IoTestSettings.CreateTools(target), Pace = options.Pace })
            .PlayAsync(session, program, CancellationToken.None);
}
