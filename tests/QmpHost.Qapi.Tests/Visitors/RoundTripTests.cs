using System.Buffers;
using System.Reflection;
using System.Text;
using CsCheck;
using NUnit.Framework;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;
using QmpHost.Qapi.Tests.Introspection;

namespace QmpHost.Qapi.Tests.Visitors;

/// <summary>Every type of the schema reads what it writes, and writes it in the order in which an untyped object is written.</summary>
[TestFixture]
public class RoundTripTests
{
    private static readonly VersionProfile Newest = new(VersionProfile.Known[^1]);

    private static readonly Dictionary<string, IntrospectionEntry> Entries = SchemaTable.Entries().ToDictionary(e => e.Name);

    public static IEnumerable<string> TypeNames => Entries.Values
        .Where(e => e.Kind is SchemaMetaType.Object or SchemaMetaType.Alternate && !e.Name.EndsWith(" (data)", StringComparison.Ordinal))
        .Select(e => e.Name);

    [TestCaseSource(nameof(TypeNames))]
    public void A_value_is_read_and_written_unchanged(string type)
    {
        Type csharp = typeof(CommandTable).Assembly.GetType("QmpHost.Qapi.Schema." + type, throwOnError: true)!;
        var visit = csharp.GetMethod("Visit")!.CreateDelegate<Func<QapiInputVisitor, string?, QObject, object>>();
        new SchemaValues(Entries, Newest).Of(type).Sample(
            value =>
            {
                var typed = (IQapiWritable)visit(new QapiInputVisitor(Newest), null, value);
                string written = Write(typed);
                Assert.That(written, Is.EqualTo(value.ToString()));
                Assert.That(JsonParser.Parse(written).DeepEquals(value), Is.True);
            },
            iter: 50);
    }

    private static string Write(IQapiWritable value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        value.WriteTo(writer, Newest);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
