using NUnit.Framework;
using QmpHost.IoTests.Faults;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests;

/// <summary>What the judge of played cases takes for explained. It asks QEMU's tools how sound images are.</summary>
[TestFixture]
[Category("Oracle")]
internal sealed class FaultJudgeTests
{
    private const int Creation = 120514;
    private const int NoCreation = 110385;
    private const string Failed = "{\"return\": [{\"status\": \"concluded\", \"type\": \"create\", \"error\": \"Could not write qcow2 header: Input/output error\"}]}";

    private FaultImages _images = null!;
    private SessionFolder _folder = null!;

    private string Oracle => Path.Combine(_folder.Path, "oracle");

    private string Own => Path.Combine(_folder.Path, "own");

    [SetUp]
    public async Task Copy()
    {
        if (!QemuImageTools.AreInstalled)
        {
            Assert.Ignore("qemu-img, which judges the images, is not installed");
        }

        _folder = new SessionFolder();
        _images = new FaultImages();
        await _images.LoadAsync(CancellationToken.None);
        Directory.CreateDirectory(Oracle);
        Directory.CreateDirectory(Own);
        _images.Copy("empty", Oracle);
        _images.Copy("preallocated", Own);
    }

    [TearDown]
    public void Remove()
    {
        _images?.Dispose();
        _folder?.Dispose();
    }

    [TestCase(NoCreation, nameof(FaultVerdict.OtherPlaces))]
    [TestCase(Creation, nameof(FaultVerdict.Unexplained))]
    public async Task Other_places_explain_images_that_were_changed_but_not_new_ones(int seed, string verdict)
    {
        (FaultVerdict found, _) = await FaultJudge.ExplainAsync(new FaultCase(seed), "{}", "{}", Oracle, Own);

        Assert.That(found.ToString(), Is.EqualTo(verdict));
    }

    [Test]
    public async Task Two_failures_of_a_creation_in_different_steps_are_not_explained()
    {
        string other = Failed.Replace("write qcow2 header", "resize image", StringComparison.Ordinal);

        FaultVerdict found = await FaultJudge.ExplainFurtherAsync(new FaultCase(Creation), Failed, other, Oracle, Own, _images);

        Assert.That(found, Is.EqualTo(FaultVerdict.Unexplained));
    }

    [Test]
    public async Task Old_contents_explain_no_other_tables()
    {
        _images.Copy("small", Oracle);

        FaultVerdict found = await FaultJudge.ExplainFurtherAsync(new FaultCase(Creation), "{}", "{}", Oracle, Own, _images);

        Assert.That(found, Is.EqualTo(FaultVerdict.Unexplained));
    }
}
