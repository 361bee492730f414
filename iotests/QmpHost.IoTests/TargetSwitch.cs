using NUnit.Framework;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests;

/// <summary>The target of a test, or a skip with the reason why there is none.</summary>
internal static class TargetSwitch
{
    /// <summary>The target that the switch selects.</summary>
    public static ISessionTarget Selected() => Create(IoTestSettings.FromEnvironment());

    /// <summary>The oracle, whatever the switch says.</summary>
    public static ISessionTarget Oracle() => Create(new IoTestSettings { Target = "oracle" });

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
