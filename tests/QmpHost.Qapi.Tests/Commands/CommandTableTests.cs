using System.Text.Json;
using NUnit.Framework;
using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi.Tests.Commands;

[TestFixture]
public class CommandTableTests
{
    private static readonly CommandTable Commands = UnreachableHandlers.CreateTable();

    [TestCase(QmpProgram.System, "system")]
    [TestCase(QmpProgram.StorageDaemon, "storage-daemon")]
    public void Commands_are_listed_in_the_order_of_QEMU(QmpProgram program, string name)
    {
        string file = Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", $"query-commands-{name}.json");
        using JsonDocument recorded = JsonDocument.Parse(File.ReadAllBytes(file));
        string[] names = recorded.RootElement.GetProperty("return").EnumerateArray().Select(e => e.GetProperty("name").GetString()!).ToArray();
        string[] listed = Commands.List(VersionProfile.Default, program).Select(c => c.Name).ToArray();

        Assert.Multiple(() =>
        {
            Assert.That(listed, Is.SubsetOf(names));
            Assert.That(listed, Is.EqualTo(names.Where(listed.Contains)));
        });
    }

    [Test]
    public void Every_command_is_found_by_its_name() =>
        Assert.That(Commands.All.Select(c => Commands.Find(c.Name)), Is.EqualTo(Commands.All).And.No.Null);

    [Test]
    public void An_unknown_command_is_not_found() => Assert.That(Commands.Find("query-unknown"), Is.Null);

    [Test]
    public void A_program_has_only_its_own_commands()
    {
        CommandDescriptor command = Commands.Find("query-status")!;
        Assert.Multiple(() =>
        {
            Assert.That(command.IsAvailable(VersionProfile.Default, QmpProgram.System), Is.True);
            Assert.That(command.IsAvailable(VersionProfile.Default, QmpProgram.StorageDaemon), Is.False);
        });
    }
}
