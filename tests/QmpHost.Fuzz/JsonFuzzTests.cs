using NUnit.Framework;
using QmpHost.Qapi.Json;

namespace QmpHost.Fuzz;

/// <summary>The JSON parser gives some outcome for any bytes, and the same one however they are cut.</summary>
[Category("Fuzz")]
public sealed class JsonFuzzTests
{
    [Test]
    public void Any_bytes_have_the_same_outcomes_in_any_pieces()
    {
        ByteStreams streams = ByteStreams.Load("/nonexistent");
        for (var run = new FuzzRun(); run.Next(out Random random);)
        {
            byte[] stream = streams.Make(random);
            List<string> whole = Outcomes(stream, stream.Length, new Random(0));
            List<string> pieces = Outcomes(stream, random.Next(1, 20), random);
            Assert.That(pieces, Is.EqualTo(whole), $"seed {run.Seed}");
        }
    }

    private static List<string> Outcomes(byte[] stream, int longest, Random random)
    {
        var outcomes = new List<string>();
        var parser = new JsonStreamParser();
        for (int at = 0; at < stream.Length;)
        {
            int length = Math.Min(random.Next(longest) + 1, stream.Length - at);
            ReadOnlySpan<byte> piece = stream.AsSpan(at, length);
            at += length;
            JsonReadStatus status;
            while ((status = parser.Read(piece, out int consumed)) != JsonReadStatus.NeedMore)
            {
                outcomes.Add(parser.Error ?? parser.Value!.ToString());
                piece = piece[consumed..];
            }
        }

        outcomes.Add(parser.End() switch
        {
            JsonReadStatus.NeedMore => "end",
            JsonReadStatus.Error => parser.Error!,
            _ => parser.Value!.ToString(),
        });
        return outcomes;
    }
}
