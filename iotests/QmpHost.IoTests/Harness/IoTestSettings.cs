using QmpHost.Qapi;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>Whom the tests drive: the one switch of scenarios and sessions.</summary>
public sealed record IoTestSettings
{
    /// <summary><c>engine</c>, <c>program</c> or <c>oracle</c>.</summary>
    public string Target { get; init; } = "engine";

    /// <summary>Path of the <c>qmphost</c> executable or dll; needed for target <c>program</c>.</summary>
    public string? ProgramPath { get; init; }

    /// <summary>Version profile to start QmpHost with, or the oracle's release; null for the default of either.</summary>
    public string? Profile { get; init; }

    /// <summary>How long sessions wait before each step: to find recordings that depend on a client's speed.</summary>
    public TimeSpan Pace { get; init; }

    /// <summary>Reads QMPHOST_TARGET, QMPHOST_PROG and QMPHOST_PROFILE.</summary>
    public static IoTestSettings FromEnvironment() => new()
    {
        Target = Environment.GetEnvironmentVariable("QMPHOST_TARGET") ?? "engine",
        ProgramPath = Environment.GetEnvironmentVariable("QMPHOST_PROG"),
        Profile = Environment.GetEnvironmentVariable("QMPHOST_PROFILE"),
    };

    /// <summary>The target, or why there is none.</summary>
    /// <exception cref="TargetUnavailableException">The target does not exist on this machine.</exception>
    public ISessionTarget CreateTarget() => Target switch
    {
        "oracle" => Profile is { } release ? OracleFolders.Target(release) : Oracle(),
        "program" => ProgramPath is not null
            ? ProcessTarget.QmpHost(ProgramPath, Profile)
            : throw new TargetUnavailableException("target 'program' needs QMPHOST_PROG"),
        "engine" => new EngineTarget(EngineProfile()),
        _ => throw new TargetUnavailableException($"unknown target '{Target}': engine, program or oracle"),
    };

    /// <summary>Who makes and compares images: QEMU's tools where installed, otherwise hosts of the target itself.</summary>
    public static IImageTools CreateTools(ISessionTarget target) =>
        QemuImageTools.AreInstalled && Environment.GetEnvironmentVariable("QMPHOST_TOOLS") != "own"
            ? new QemuImageTools()
            : new HostImageTools(target);

    private VersionProfile EngineProfile()
    {
        if (Profile is null)
        {
            return VersionProfile.Default;
        }

        return VersionProfile.TryParse(Profile, out VersionProfile? profile)
            ? profile
            : throw new TargetUnavailableException($"'{Profile}' is not a known release: there are {VersionProfile.KnownText}");
    }

    private static ProcessTarget Oracle()
    {
        var oracle = ProcessTarget.Oracle();
        return oracle.IsInstalled(SessionProgram.System) && oracle.IsInstalled(SessionProgram.StorageDaemon)
            ? oracle
            : throw new TargetUnavailableException("QEMU is not installed (packages qemu-system-x86 and qemu-utils)");
    }
}
