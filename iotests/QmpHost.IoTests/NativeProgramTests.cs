using NUnit.Framework;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests;

/// <summary>Every scenario and session against the native executable that QMPHOST_NATIVE names.</summary>
[TestFixture]
[Category("Native")]
[Parallelizable(ParallelScope.Children)]
internal sealed class NativeProgramTests
{
    private static IEnumerable<TestCaseData> Items() =>
        GoldenItem.All().Select(item => new TestCaseData(item).SetArgDisplayNames(item.Name));

    [TestCaseSource(nameof(Items))]
    public async Task Native_program_plays_as_recorded(GoldenItem item)
    {
        string? path = Environment.GetEnvironmentVariable("QMPHOST_NATIVE");
        if (path is null)
        {
            Assert.Ignore("QMPHOST_NATIVE does not name a native executable");
        }

        if (KnownDifferences.Contains(item))
        {
            Assert.Ignore("differs from QEMU: listed in iotests/known-differences.txt");
        }

        if (item.MissingTool is { } tool)
        {
            Assert.Ignore($"needs {tool}, which is not installed");
        }

        var settings = new IoTestSettings { Target = "program", ProgramPath = path, Profile = item.Release };
        Assert.That(item.Difference(await item.PlayAsync(settings.CreateTarget())), Is.Null);
    }
}
