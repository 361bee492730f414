using NUnit.Framework;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi.Tests.Visitors;

/// <summary>Malformed arguments of every command, and what QEMU 7.2 said to each: request and answer, line by line.</summary>
[TestFixture]
public class RecordedArgumentErrorTests
{
    private static readonly CommandTable Commands = UnreachableHandlers.CreateTable();

    private static readonly ILookup<string, (string Request, string Answer)> Recorded = Read();

    public static IEnumerable<string> CommandNames => Recorded.Select(r => r.Key);

    [TestCaseSource(nameof(CommandNames))]
    public void Malformed_arguments_fail_in_the_same_words(string command)
    {
        Assert.Multiple(() =>
        {
            foreach ((string request, string answer) in Recorded[command])
            {
                Assert.That(Answer(request), Is.EqualTo(answer), request);
            }
        });
    }

    private static ILookup<string, (string Request, string Answer)> Read() =>
        File.ReadAllLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "argument-errors.txt"))
            .Chunk(2)
            .ToLookup(pair => ((QString)Parse(pair[0])["execute"]).Value, pair => (pair[0], pair[1]));

    private static string Answer(string request)
    {
        QDict parsed = Parse(request);
        CommandDescriptor command = Commands.Find(((QString)parsed["execute"]).Value)!;
        try
        {
            return command.InvokeAsync(parsed["arguments"], new CommandContext()).AsTask().Result.ToString()!;
        }
        catch (QmpException e)
        {
            return $"{e.ErrorClass}: {e.Message}";
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    private static QDict Parse(string text) => (QDict)JsonParser.Parse(text);
}
