using NUnit.Framework;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests;

/// <summary>
/// A program that is killed leaves images without damage. A few times here; <c>kill --repeat 200</c> of the command does it
/// as often as one likes.
/// </summary>
[TestFixture]
internal sealed class KillTests
{
    [Test]
    public async Task A_killed_program_leaves_images_without_damage([Range(1, 5)] int seed)
    {
        ISessionTarget target = TargetSwitch.Selected();
        if (target is EngineTarget)
        {
            Assert.Ignore("a host in this process cannot be killed");
        }

        if (!QemuImageTools.AreInstalled)
        {
            Assert.Ignore("qemu-img, which judges the images, is not installed");
        }

        Assert.That(await new KillRun(target, seed).OnceAsync(), Is.Null);
    }
}
