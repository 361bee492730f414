using System.Buffers;
using System.Text;
using NUnit.Framework;
using QmpHost.Qapi.Json;

namespace QmpHost.Qapi.Tests.Json;

/// <summary>Replays recorded input: the same values, the same errors, the same way back after errors.</summary>
public sealed class JsonDialectTests
{
    [Test]
    public void Outcomes_are_those_recorded_from_QEMU()
    {
        IReadOnlyList<DialectCase> cases = DialectCase.ReadAll();

        Assert.That(cases, Has.Count.GreaterThan(2000));
        Assert.Multiple(() =>
        {
            foreach (DialectCase c in cases)
            {
                Assert.That(Outcomes(c.Input, c.Input.Length), Is.EqualTo(Expected(c)), c.Name);
            }
        });
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(7)]
    public void Outcomes_do_not_depend_on_how_input_is_cut(int pieceLength)
    {
        Assert.Multiple(() =>
        {
            foreach (DialectCase c in DialectCase.ReadAll())
            {
                Assert.That(Outcomes(c.Input, pieceLength), Is.EqualTo(Expected(c)), c.Name);
            }
        });
    }

    // A value may be answered in several ways, which is the protocol's affair: here it only counts that it is one.
    private static List<string> Expected(DialectCase c) => [.. c.Replies.Select(r => r.Contains("\"desc\": \"JSON ", StringComparison.Ordinal) ? r : "value")];

    private static List<string> Outcomes(byte[] input, int pieceLength)
    {
        var outcomes = new List<string>();
        var parser = new JsonStreamParser();
        for (int at = 0; at < input.Length; at += pieceLength)
        {
            ReadOnlySpan<byte> piece = input.AsSpan(at, Math.Min(pieceLength, input.Length - at));
            JsonReadStatus status;
            while ((status = parser.Read(piece, out int consumed)) != JsonReadStatus.NeedMore)
            {
                outcomes.Add(status == JsonReadStatus.Value ? "value" : Reply(parser.Error!));
                piece = piece[consumed..];
            }
        }

        return outcomes;
    }

    private static string Reply(string error)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        var detail = new QDict();
        detail.Add("class", new QString("GenericError"));
        detail.Add("desc", new QString(error));
        var reply = new QDict();
        reply.Add("error", detail);
        writer.WriteObject(reply);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
