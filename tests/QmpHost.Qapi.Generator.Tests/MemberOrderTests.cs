using System.Text;
using CsCheck;
using NUnit.Framework;
using QmpHost.Qapi.Generator.Emit;

namespace QmpHost.Qapi.Generator.Tests;

/// <summary>The order that the generator computes at build time is the one that the writer computes at run time.</summary>
[TestFixture]
public class MemberOrderTests
{
    private static readonly Gen<string> Name = Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz-_0123456789"], 1, 20];

    [Test]
    public void Buckets_are_those_of_the_writer() =>
        Gen.String.Sample(name => MemberOrder.BucketOf(name) == WireOrder.BucketOf(Encoding.UTF8.GetBytes(name)));

    [Test]
    public void Members_are_sorted_as_the_writer_sorts_those_of_an_untyped_object() => Name.HashSet[0, 40].Sample(names =>
    {
        var dict = new QDict();
        foreach (string name in names)
        {
            dict.Add(name, QNull.Instance);
        }

        IEnumerable<string> sorted = MemberOrder.Sort(names, n => n);
        Assert.That("{" + string.Join(", ", sorted.Select(n => $"\"{n}\": null")) + "}", Is.EqualTo(dict.ToString()));
    });

    [Test]
    public void In_one_bucket_the_later_member_comes_first()
    {
        string[] together = Enumerable.Range(0, 2000).Select(i => "m" + i).GroupBy(MemberOrder.BucketOf).First(g => g.Count() > 2).ToArray();
        Assert.That(MemberOrder.Sort(together, n => n), Is.EqualTo(together.Reverse()));
    }

    [Test]
    public void A_greeting_has_the_order_that_QEMU_gives_it() =>
        Assert.That(MemberOrder.Sort(["major", "minor", "micro"], n => n), Is.EqualTo(new[] { "micro", "minor", "major" }));
}
