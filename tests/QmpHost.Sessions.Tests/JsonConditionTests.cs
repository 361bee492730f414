using System.Text.Json;
using NUnit.Framework;

namespace QmpHost.Sessions.Tests;

[TestFixture]
internal sealed class JsonConditionTests
{
    [TestCase("return.0.status=paused", true)]
    [TestCase("return.0.status=running", false)]
    [TestCase("return.1.status=paused", false)]
    [TestCase("return.length=1", true)]
    [TestCase("return.0.len=10", true)]
    [TestCase("return.0.busy=false", true)]
    [TestCase("id=null", true)]
    [TestCase("return.0.missing=x", false)]
    public void Paths_select_values(string condition, bool expected)
    {
        using var document = JsonDocument.Parse("""{"return": [{"status": "paused", "len": 10, "busy": false}], "id": null}""");
        Assert.That(JsonCondition.Parse(condition, 1).Holds(document.RootElement), Is.EqualTo(expected));
    }

    [Test]
    public void A_condition_needs_a_value()
    {
        Assert.That(() => JsonCondition.Parse("status", 4), Throws.TypeOf<SessionException>().With.Message.Contains("line 4"));
    }
}
