using NUnit.Framework;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi.Tests.Runtime;

/// <summary>What a release does not have is neither accepted nor shown.</summary>
[TestFixture]
public class ProfileTests
{
    private static readonly VersionProfile Before = new(new QemuRelease(6, 2));
    private static readonly VersionProfile Later = new(new QemuRelease(10, 0));

    [TestCase("7.2", 7, 2)]
    [TestCase("10.0", 10, 0)]
    [TestCase("6.2", 6, 2)]
    public void A_profile_is_read_from_its_release(string text, int major, int minor)
    {
        Assert.That(VersionProfile.TryParse(text, out VersionProfile? profile), Is.True);
        Assert.That(profile!.Release, Is.EqualTo(new QemuRelease(major, minor)));
    }

    [TestCase("5.2")]
    [TestCase("6.0")]
    [TestCase("8.3")]
    [TestCase("42.0")]
    [TestCase("7")]
    [TestCase("7.2.1")]
    [TestCase("")]
    [TestCase(null)]
    [TestCase("-7.2")]
    public void Anything_else_is_no_profile(string? text) => Assert.That(VersionProfile.TryParse(text, out _), Is.False);

    [Test]
    public void What_is_no_known_release_is_refused_with_the_list_of_those()
    {
        Assert.That(
            () => VersionProfile.Parse("1.0"),
            Throws.TypeOf<FormatException>().With.Message.StartsWith("'1.0' is not a known release: there are 6.2, 7.0, 7.1, 7.2, 8.0").And.Message.EndsWith("11.0, 11.1"));
        Assert.That(() => new VersionProfile(new QemuRelease(1, 0)), Throws.ArgumentException.With.Message.Contains("there are 6.2"));
    }

    [Test]
    public void Behaviours_stand_in_the_table_in_the_order_of_their_numbers() =>
        Assert.That(BehaviourTable.All.Select(static e => e.Behaviour), Is.EqualTo(Enum.GetValues<Behaviour>()));

    [TestCase("7.2", false)]
    [TestCase("9.0", false)]
    [TestCase("9.1", true)]
    [TestCase("11.1", true)]
    public void A_release_has_the_behaviours_that_came_with_it_or_before(string release, bool has) =>
        Assert.That(VersionProfile.Parse(release).Has(Behaviour.CopyBitmapOnFilter), Is.EqualTo(has));

    [Test]
    public void A_type_that_changed_is_read_as_it_was()
    {
        const string Options = "{'type': 'nbd', 'id': 'a', 'node-name': 'n', 'iothread': ['t']}";
        Assert.That(() => VisitExport(Options, VersionProfile.Default), Throws.TypeOf<QmpException>().With.Message.EqualTo("Invalid parameter type for 'iothread', expected: string"));
        Assert.That(VisitExport(Options, new VersionProfile(new QemuRelease(11, 1))).Iothread, Is.InstanceOf<BlockExportIothreads.Multi>());
        Assert.That(VisitExport(Options.Replace("['t']", "'t'", StringComparison.Ordinal), VersionProfile.Default).Iothread, Is.EqualTo(new BlockExportIothreads.Single("t")));
    }

    [Test]
    public void A_newer_member_is_unexpected()
    {
        const string Options = "{'driver': 'copy-before-write', 'file': 'a', 'target': 'b', 'on-cbw-error': 'break-snapshot'}";
        Assert.That(() => Visit(Options, Before), Throws.TypeOf<QmpException>().With.Message.EqualTo("Parameter 'on-cbw-error' is unexpected"));
        Assert.That(((BlockdevOptionsCbw)Visit(Options, VersionProfile.Default).Branch!).OnCbwError, Is.EqualTo(OnCbwError.BreakSnapshot));
    }

    [Test]
    public void A_newer_value_is_not_accepted() =>
        Assert.That(
            () => Visit("{'driver': 'snapshot-access', 'file': 'a'}", Before),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Parameter 'driver' does not accept value 'snapshot-access'"));

    [Test]
    public void A_removed_member_is_left_out()
    {
        var status = new StatusInfo { Running = true, Singlestep = false, Status = RunState.Running };
        Assert.Multiple(() =>
        {
            Assert.That(Write(status, VersionProfile.Default), Is.EqualTo("{\"status\": \"running\", \"singlestep\": false, \"running\": true}"));
            Assert.That(Write(status, Later), Is.EqualTo("{\"status\": \"running\", \"running\": true}"));
        });
    }

    private static BlockExportOptions VisitExport(string text, VersionProfile profile) => BlockExportOptions.Visit(new QapiInputVisitor(profile), null, JsonParser.Parse(text));

    private static BlockdevOptions Visit(string text, VersionProfile profile) => BlockdevOptions.Visit(new QapiInputVisitor(profile), null, JsonParser.Parse(text));

    private static string Write(StatusInfo value, VersionProfile profile)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        value.WriteTo(writer, profile);
        writer.Flush();
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
