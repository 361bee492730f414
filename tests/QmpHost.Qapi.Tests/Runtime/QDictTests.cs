using CsCheck;
using NUnit.Framework;

namespace QmpHost.Qapi.Tests.Runtime;

[TestFixture]
public class QDictTests
{
    [Test]
    public void It_behaves_as_a_list_of_pairs_with_unique_names() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 40]).List[0, 200].Sample(operations =>
        {
            var dict = new QDict();
            var model = new List<(string Name, long Value)>();
            for (int i = 0; i < operations.Count; i++)
            {
                Apply(dict, model, operations[i].Item1, "n" + operations[i].Item2, i);
                Assert.That(dict.Count, Is.EqualTo(model.Count));
            }

            Assert.That(dict.Select(m => (m.Key, Number(m.Value))), Is.EqualTo(model));
        });

    [Test]
    public void Adding_a_name_twice_is_an_error()
    {
        var dict = new QDict { { "a", QNull.Instance } };
        Assert.That(() => dict.Add("a", QNull.Instance), Throws.ArgumentException);
    }

    [Test]
    public void Equality_does_not_depend_on_the_order_of_adding()
    {
        var one = new QDict { { "a", new QNum(1L) }, { "b", new QNum(2L) } };
        var other = new QDict { { "b", new QNum(2L) }, { "a", new QNum(1L) } };
        var different = new QDict { { "b", new QNum(2L) }, { "a", new QNum(1.0) } };
        Assert.Multiple(() =>
        {
            Assert.That(one.DeepEquals(other), Is.True);
            Assert.That(one.DeepEquals(different), Is.False);
        });
    }

    private static void Apply(QDict dict, List<(string Name, long Value)> model, int operation, string name, long value)
    {
        int at = model.FindIndex(m => m.Name == name);
        switch (operation)
        {
            case 0:
                Assert.That(dict.TryAdd(name, new QNum(value)), Is.EqualTo(at < 0));
                if (at < 0)
                {
                    model.Add((name, value));
                }

                break;
            case 1:
                dict.Put(name, new QNum(value));
                if (at < 0)
                {
                    model.Add((name, value));
                }
                else
                {
                    model[at] = (name, value);
                }

                break;
            default:
                Assert.That(dict.Remove(name), Is.EqualTo(at >= 0));
                if (at >= 0)
                {
                    model.RemoveAt(at);
                }

                break;
        }

        Assert.That(dict.TryGetValue(name, out QObject? found), Is.EqualTo(model.Any(m => m.Name == name)));
        if (found is not null)
        {
            Assert.That(Number(found), Is.EqualTo(model.Single(m => m.Name == name).Value));
        }
    }

    private static long Number(QObject value) => ((QNum)value).TryGetInt64(out long number) ? number : throw new InvalidOperationException();
}
