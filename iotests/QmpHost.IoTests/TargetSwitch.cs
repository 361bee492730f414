using NUnit.Framework;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests;

/// <summary>The target of a test, or a skip with the reason why there is none.</summary>
internal static class TargetSwitch
{
    /// <summary>The target that the switch selects.</summary>
    public static ISessionTarget Selected() => Create(IoTestSettings.FromEnvironment());

    /// <summary>The target that the switch selects, for what belongs to a release.</summary>
    public static ISessionTarget Selected(string release)
    {
        IoTestSettings settings = IoTestSettings.FromEnvironment();
        return Create(settings.Profile is null && release != Corpus.DefaultRelease ? settings with { Profile = release } : settings);
    }

    /// <summary>The oracle of a release, whatever the switch says; the test is skipped where it is not on this machine.</summary>
    public static ISessionTarget Oracle(string release) => Create(new IoTestSettings
    {
        Target = "oracle",
        Profile = release == Corpus.DefaultRelease ? null : release,
    });

    /// <summary>The selected target with another version profile.</summary>
    public static ISessionTarget WithProfile(string release) => Create(IoTestSettings.FromEnvironment() with { Profile = release });

    private static ISessionTarget Create(IoTestSettings settings)
    {
        try
        {
            return settings.CreateTarget();
        }
        catch (TargetUnavailableException e)
        {
            Assert.Ignore(e.Message);
            throw;
        }
    }
}
