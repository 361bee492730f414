namespace QmpHost.Sessions;

/// <summary>A target that is an executable: the oracle, or the <c>qmphost</c> program.</summary>
public sealed class ProcessTarget : ISessionTarget
{
    private readonly Func<SessionProgram, IReadOnlyList<string>> _command;
    private readonly Dictionary<string, string> _environment = [];

    private ProcessTarget(string name, Func<SessionProgram, IReadOnlyList<string>> command)
    {
        Name = name;
        _command = command;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The installed QEMU: <c>QEMU_PROG</c> and <c>QSD_PROG</c>, or the usual names on the search path.</summary>
    public static ProcessTarget Oracle() => new("oracle", program => [program == SessionProgram.System
        ? Environment.GetEnvironmentVariable("QEMU_PROG") ?? "qemu-system-x86_64"
        : Environment.GetEnvironmentVariable("QSD_PROG") ?? "qemu-storage-daemon"]);

    /// <summary>QEMU's programs in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The target.</returns>
    public static ProcessTarget Oracle(string folder) => new("oracle", program =>
        [Path.Combine(folder, program == SessionProgram.System ? "qemu-system-x86_64" : "qemu-storage-daemon")]);

    /// <summary>The <c>qmphost</c> program.</summary>
    /// <param name="path">The executable, or a <c>.dll</c> that <c>dotnet</c> runs.</param>
    /// <param name="profile">The release to behave like; null for the program's default.</param>
    /// <returns>The target.</returns>
    public static ProcessTarget QmpHost(string path, string? profile = null)
    {
        var target = new ProcessTarget("program", program => path.EndsWith(".dll", StringComparison.Ordinal)
            ? ["dotnet", path, program.ToName()]
            : [path, program.ToName()]);
        if (profile is not null)
        {
            target._environment.Add("QMPHOST_PROFILE", profile);
        }

        return target;
    }

    /// <summary>The words that start one of the two programs.</summary>
    public IReadOnlyList<string> Command(SessionProgram program) => _command(program);

    /// <summary>Whether the executable for a program can be found.</summary>
    public bool IsInstalled(SessionProgram program) => ExecutablePath.Find(_command(program)[0]) is not null;

    /// <inheritdoc/>
    public async ValueTask<ISessionHost> StartAsync(SessionStart start, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        IReadOnlyList<string> command = _command(start.Program);
        if (ExecutablePath.Find(command[0]) is null)
        {
            throw new SessionException($"{Name}: '{command[0]}' is not installed");
        }

        return await ProcessHost.StartAsync(command, _environment, start, cancellationToken);
    }
}
