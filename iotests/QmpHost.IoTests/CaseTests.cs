using NUnit.Framework;
using QmpHost.IoTests.Faults;

namespace QmpHost.IoTests;

/// <summary>
/// Cases that were played on QEMU say the same and leave the same files here. A case is shown in full by
/// <c>faults --only SEED</c> (<c>mutations</c>, <c>operations</c>) where QEMU is installed.
/// </summary>
[TestFixture]
internal sealed class CaseTests
{
    private const int CasesPerHost = 25;

    [TestCase("faults")]
    [TestCase("mutations")]
    [TestCase("operations")]
    [TestCase("troubles")]
    public async Task Cases_end_as_on_QEMU(string command)
    {
        using var images = new FaultImages();
        await images.LoadAsync(CancellationToken.None);
        var wrong = new List<int>();
        foreach ((int Seed, string Hash)[] chunk in CaseRecordings.Read(command).Chunk(CasesPerHost))
        {
            await using var host = new FaultHost(TargetSwitch.Selected());
            await host.StartAsync();
            foreach ((int seed, string hash) in chunk)
            {
                IPlayedCase played = PlayedCases.Maker(command)!(seed);
                played.Prepare(images, host.Directory);
                string said = await host.PlayAsync(played.Script);
                if (CaseRecordings.HashOf(said, host.Directory) != hash)
                {
                    wrong.Add(seed);
                }
            }
        }

        Assert.That(wrong, Is.Empty);
    }

    /// <summary>What is left of this image differs, but not what is said.</summary>
    [Test]
    public async Task A_resize_fails_that_finds_the_image_to_be_corrupt()
    {
        using var images = new FaultImages();
        await images.LoadAsync(CancellationToken.None);
        await using var host = new FaultHost(TargetSwitch.Selected());
        await host.StartAsync();
        var played = new MutationCase(72599);
        played.Prepare(images, host.Directory);

        string said = await host.PlayAsync(played.Script);

        Assert.That(said, Does.Contain("BLOCK_IMAGE_CORRUPTED").And.Contain("\"desc\": \"Failed to flush the refcount block cache: Input/output error\""));
    }
}
