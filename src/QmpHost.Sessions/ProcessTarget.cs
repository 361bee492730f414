namespace QmpHost.Sessions;

/// <summary>A target that is an executable: the oracle, or the <c>qmphost</c> program.</summary>
public sealed class ProcessTarget : ISessionTarget
{
    private readonly Func<SessionProgram, IReadOnlyList<string>> _command;

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

    /// <summary>The program at <paramref name="path"/>: an executable, or a <c>.dll</c> that <c>dotnet</c> runs.</summary>
    public static ProcessTarget QmpHost(string path) => new("program", program =>
        path.EndsWith(".dll", StringComparison.Ordinal)
            ? ["dotnet", path, program.ToName()]
            : [path, program.ToName()]);

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

        return await ProcessHost.StartAsync(command, start, cancellationToken);
    }
}
