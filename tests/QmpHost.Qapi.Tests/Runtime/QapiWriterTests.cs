using System.Buffers;
using System.Text;
using CsCheck;
using NUnit.Framework;
using QmpHost.Qapi.Json;

namespace QmpHost.Qapi.Tests.Runtime;

/// <summary>The text that the writer makes, against what QEMU 7.2 echoed as <c>id</c> of a request.</summary>
[TestFixture]
public class QapiWriterTests
{
    [TestCase("'é\\u007f😀\\u0001\\b\\f\\n\\r\\t\\\"\\\\/<>&\\u2028 ~'", "\"\\u00E9\\u007F\\uD83D\\uDE00\\u0001\\b\\f\\n\\r\\t\\\"\\\\/<>&\\u2028 ~\"")]
    [TestCase("'\\u0000x'", "\"\\u0000x\"")]
    [TestCase("[[], {}, {'a': []}, {'b': {}, 'a': 1}]", "[[], {}, {\"a\": []}, {\"a\": 1, \"b\": {}}]")]
    [TestCase("{'a': 1, 'b': 2, 'c': [1, {'x': 2}], 'return': 3, 'id': 4}", "{\"a\": 1, \"b\": 2, \"return\": 3, \"c\": [1, {\"x\": 2}], \"id\": 4}")]
    [TestCase("[true, false, null]", "[true, false, null]")]
    [TestCase("[-0, -0.0, 3.0, 1.5]", "[0, -0, 3, 1.5]")]
    [TestCase("[1e300, 0.1, 1e2, 5e-324]", "[1.0000000000000001e+300, 0.10000000000000001, 100, 4.9406564584124654e-324]")]
    [TestCase("[18446744073709551615, 18446744073709551616]", "[18446744073709551615, 1.8446744073709552e+19]")]
    [TestCase("[9223372036854775808, -9223372036854775809]", "[9223372036854775808, -9.2233720368547758e+18]")]
    [TestCase("[123456789.123456789, 1e-7, 100000000000000000000000]", "[123456789.12345679, 9.9999999999999995e-08, 9.9999999999999992e+22]")]
    [TestCase("[1e15, 1e16, 1e17, 1e18, 123456.0]", "[1000000000000000, 10000000000000000, 1e+17, 1e+18, 123456]")]
    [TestCase("[0.00001, 0.0001, 1.1e5, 2.5e20]", "[1.0000000000000001e-05, 0.0001, 110000, 2.5e+20]")]
    [TestCase("1e400", "inf")]
    public void A_value_is_written_as_QEMU_writes_it(string input, string expected) =>
        Assert.That(JsonParser.Parse(input).ToString(), Is.EqualTo(expected));

    [Test]
    public void A_pretty_monitor_indents_everything_even_what_is_empty()
    {
        const string Expected = """
            {
                "id": [
                    [
                    ],
                    {
                    },
                    {
                        "a": 1,
                        "b": [
                            "x"
                        ]
                    }
                ]
            }
            """;
        Assert.That(Write(JsonParser.Parse("{'id': [[], {}, {'b': ['x'], 'a': 1}]}"), pretty: true), Is.EqualTo(Expected.ReplaceLineEndings("\n")));
    }

    [Test]
    public void Text_of_any_length_comes_out_whole() =>
        Gen.Select(Gen.Int[0, 20_000], Gen.Char[' ', 'ÿ']).Sample((length, c) =>
        {
            string text = new string(c, length) + "end";
            return ((QString)JsonParser.Parse(Write(new QString(text), pretty: false))).Value == text;
        });

    [Test]
    public void Messages_end_with_a_line_end_and_the_next_one_starts_afresh()
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        writer.WriteInteger(1);
        writer.EndMessage();
        writer.BeginList();
        writer.EndList();
        writer.EndMessage();
        writer.Flush();
        Assert.That(Encoding.UTF8.GetString(buffer.WrittenSpan), Is.EqualTo("1\r\n[]\r\n"));
    }

    [Test]
    public void What_is_written_can_be_read_back() => Values().Sample(value => JsonParser.Parse(value.ToString()).DeepEquals(value));

    private static Gen<QObject> Values() => Gen.Recursive<QObject>((depth, self) =>
    {
        Gen<QObject> scalar = Gen.OneOf(
            Gen.String.Select(QObject (s) => new QString(s)),
            Gen.Long.Select(QObject (l) => new QNum(l)),
            Gen.ULong.Select(QObject (u) => new QNum(u)),
            Gen.Bool.Select(QObject (b) => QBool.From(b)));
        return depth > 3 ? scalar : Gen.OneOf(scalar, self.List[0, 4].Select(List), Gen.Select(Gen.String, self).List[0, 4].Select(Dict));
    });

    private static QObject List(List<QObject> items)
    {
        var list = new QList();
        items.ForEach(list.Add);
        return list;
    }

    private static QObject Dict(List<(string Name, QObject Value)> members)
    {
        var dict = new QDict();
        members.ForEach(m => dict.Put(m.Name, m.Value));
        return dict;
    }

    private static string Write(QObject value, bool pretty)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer, pretty);
        writer.WriteObject(value);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
