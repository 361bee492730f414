using CsCheck;
using NUnit.Framework;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi.Tests.Visitors;

[TestFixture]
public class UnexpectedMemberTests
{
    private static readonly CommandTable Commands = UnreachableHandlers.CreateTable();

    private static readonly Dictionary<string, string> Values = new()
    {
        ["driver"] = "'null-co'",
        ["node-name"] = "'n'",
        ["discard"] = "'unmap'",
        ["read-only"] = "true",
        ["auto-read-only"] = "true",
        ["force-share"] = "true",
        ["read-zeroes"] = "true",
        ["detect-zeroes"] = "'on'",
    };

    [Test]
    public void Of_several_members_the_error_names_the_one_that_QEMU_names()
    {
        string[] lines = File.ReadAllLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "unexpected-members.txt"));
        Assert.That(lines, Has.Length.GreaterThan(100));
        Assert.Multiple(() =>
        {
            foreach (string line in lines)
            {
                string[] parts = line.Split(" -> ");
                string[] words = parts[0].Split(' ');
                Assert.That(
                    () => Commands.Find(words[0])!.InvokeAsync(ArgumentsOf(words.Skip(1)), new CommandContext()),
                    Throws.TypeOf<QmpException>().With.Message.EqualTo($"Parameter '{parts[1]}' is unexpected"),
                    line);
            }
        });
    }

    [Test]
    public void Some_member_that_is_not_known_is_named_whatever_the_order_of_adding() =>
        Gen.Select(Gen.String[Gen.Char['a', 'z'], 1, 6].HashSet[1, 60], Gen.Int[0, 59]).Sample((names, knownCount) =>
        {
            string[] known = names.Take(Math.Min(knownCount, names.Count - 1)).ToArray();
            var dict = new QDict();
            foreach (string name in names)
            {
                dict.Add(name, QNull.Instance);
            }

            string found = UnexpectedMember.Find(dict, known);
            return names.Contains(found) && !known.Contains(found);
        });

    private static QDict ArgumentsOf(IEnumerable<string> names) =>
        (QDict)JsonParser.Parse("{" + string.Join(", ", names.Select(n => $"'{n}': {Values.GetValueOrDefault(n, "1")}")) + "}");
}
