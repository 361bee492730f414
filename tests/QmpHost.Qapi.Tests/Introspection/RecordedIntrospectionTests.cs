using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using NUnit.Framework;

namespace QmpHost.Qapi.Tests.Introspection;

/// <summary>
/// Compares what the host lists with what QEMU of three releases listed. Everything that is listed must be the same, names of types apart;
/// what is left out must stand in a list of its own, so that no member is forgotten.
/// </summary>
[TestFixture]
public class RecordedIntrospectionTests
{
    [Test]
    public void Every_listed_entry_is_as_QEMU_lists_it(
        [Values("7.2", "10.0", "11.1")] string release,
        [Values(QmpProgram.System, QmpProgram.StorageDaemon)] QmpProgram program)
    {
        using JsonDocument recorded = Recorded(release, program);
        using JsonDocument own = JsonDocument.Parse(Listed(program, VersionProfile.Parse(release)));
        var comparison = new IntrospectionComparison(own.RootElement, recorded.RootElement.GetProperty("return"));
        comparison.Compare();

        // What a later release leaves out beyond 7.2 stands in a file of its own.
        string[] known = File.ReadAllLines(DataFile("introspection-omissions.txt"));
        string[] further = release == "7.2" ? [] : File.ReadAllLines(DataFile($"introspection-omissions-{release}.txt"));
        string[] differences = release == "7.2" ? [] : File.ReadAllLines(DataFile($"introspection-differences-{release}.txt"));
        Assert.Multiple(() =>
        {
            // The machine's commands were recorded from 7.2 only: where later releases list them otherwise stands in a file, too.
            Assert.That(comparison.Differences.Except(differences), Is.Empty);
            Assert.That(comparison.Omissions.Except(known).Except(further), Is.Empty);

            // The storage daemon has fewer commands, and leaves out no more.
            string[] here = release == "7.2" ? known : further;
            Assert.That(program == QmpProgram.System ? here.Except(comparison.Omissions) : [], Is.Empty);
        });
    }

    [Test]
    public void Commands_and_events_stand_in_the_same_order(
        [Values("7.2", "10.0", "11.1")] string release,
        [Values(QmpProgram.System, QmpProgram.StorageDaemon)] QmpProgram program)
    {
        using JsonDocument recorded = Recorded(release, program);
        using JsonDocument own = JsonDocument.Parse(Listed(program, VersionProfile.Parse(release)));
        string[] listed = CommandsAndEvents(own.RootElement);
        if (release != "7.2" && program == QmpProgram.System)
        {
            // Of later releases, only what the storage daemon has too was put in order.
            using JsonDocument shared = JsonDocument.Parse(Listed(QmpProgram.StorageDaemon, VersionProfile.Parse(release)));
            listed = [.. listed.Intersect(CommandsAndEvents(shared.RootElement))];
        }

        Assert.That(listed, Is.EqualTo(CommandsAndEvents(recorded.RootElement.GetProperty("return")).Where(listed.Contains)));
    }

    [Test]
    public void Types_are_numbered_in_the_order_of_first_use_and_listed_after_what_uses_them()
    {
        using JsonDocument own = JsonDocument.Parse(Listed(QmpProgram.System, VersionProfile.Default));
        string[] numbers = own.RootElement.EnumerateArray()
            .Select(e => e.GetProperty("name").GetString()!)
            .Where(n => char.IsDigit(n[0]))
            .ToArray();
        Assert.That(numbers, Is.EquivalentTo(Enumerable.Range(0, numbers.Length).Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture))));
    }

    [Test]
    public void An_older_profile_leaves_out_what_came_later()
    {
        string before = Listed(QmpProgram.System, new VersionProfile(new QemuRelease(6, 2)));
        string after = Listed(QmpProgram.System, VersionProfile.Default);
        Assert.Multiple(() =>
        {
            Assert.That(before, Does.Contain("\"copy-before-write\"").And.Not.Contain("\"snapshot-access\"").And.Not.Contain("\"on-cbw-error\""));
            Assert.That(after, Does.Contain("\"snapshot-access\"").And.Contain("\"on-cbw-error\""));
        });
    }

    private static string[] CommandsAndEvents(JsonElement list) => list.EnumerateArray()
        .Where(e => e.GetProperty("meta-type").GetString() is "command" or "event")
        .Select(e => e.GetProperty("name").GetString()!)
        .ToArray();

    private static JsonDocument Recorded(string release, QmpProgram program)
    {
        string name = program == QmpProgram.System ? "system" : "storage-daemon";
        if (release == "7.2")
        {
            return JsonDocument.Parse(File.ReadAllBytes(DataFile($"query-qmp-schema-{name}.json")));
        }

        using FileStream file = File.OpenRead(DataFile($"query-qmp-schema-{name}-{release}.json.gz"));
        using var text = new GZipStream(file, CompressionMode.Decompress);
        return JsonDocument.Parse(text);
    }

    private static string DataFile(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", name);

    private static string Listed(QmpProgram program, VersionProfile profile)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        writer.BeginList();
        foreach (Schema.SchemaInfo info in QapiIntrospection.List(profile, program))
        {
            info.WriteTo(writer, profile);
        }

        writer.EndList();
        writer.Flush();
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
