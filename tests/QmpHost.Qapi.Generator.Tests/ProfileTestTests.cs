using NUnit.Framework;
using QmpHost.Qapi.Generator.Emit;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Tests;

[TestFixture]
public class ProfileTestTests
{
    [Test]
    public void The_generator_knows_the_oldest_release_that_a_host_can_show() =>
        Assert.That((ProfileTest.Oldest.Major, ProfileTest.Oldest.Minor), Is.EqualTo((VersionProfile.Known[0].Major, VersionProfile.Known[0].Minor)));

    [Test]
    public void What_is_as_old_needs_no_test() =>
        Assert.That(ProfileTest.Condition(new Marks(ProfileTest.Oldest, null), "p"), Is.Null);

    [Test]
    public void What_is_newer_or_was_removed_is_tested() =>
        Assert.That(ProfileTest.Condition(new Marks(new Release(7, 1), new Release(9, 0)), "p"), Is.EqualTo("p.AtLeast(7, 1) && !p.AtLeast(9, 0)"));
}
