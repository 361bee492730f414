using System.Text;
using NUnit.Framework;
using QmpHost.Qapi.Json;

namespace QmpHost.Qapi.Tests.Runtime;

/// <summary>What option -compat hides beside the members of replies.</summary>
[TestFixture]
public sealed class CompatibilityPolicyTests
{
    [Test]
    public void DeprecatedEventsAreHidden()
    {
        var policy = new CompatibilityPolicy(VersionProfile.Default);
        policy.Set("deprecated-output", "hide");

        Assert.That(policy.HidesEvent("MEM_UNPLUG_ERROR"));
        Assert.That(policy.HidesEvent("STOP"), Is.False);
    }

    [Test]
    public void ASettingCanBeTakenBack()
    {
        var policy = new CompatibilityPolicy(VersionProfile.Default);
        policy.Set("deprecated-output", "hide");
        policy.Set("deprecated-output", "accept");

        Assert.That(policy.IsActive, Is.False);
    }

    [Test]
    public void TheSchemaIsToldWithoutWhatIsDeprecated()
    {
        var schema = (QList)JsonParser.Parse(Encoding.UTF8.GetBytes(
            """
            [{"name": "old", "meta-type": "command", "features": ["deprecated"]},
             {"name": "1", "meta-type": "object", "members": [{"name": "a", "features": ["deprecated"]}, {"name": "b", "features": ["unstable"]}]},
             {"name": "2", "meta-type": "array"}]
            """));

        Assert.That(SchemaPruning.WithoutDeprecated(schema).ToString(), Does.Not.Contain("old").And.Not.Contain("\"a\"").And.Contain("\"b\"").And.Contain("array"));
    }
}
