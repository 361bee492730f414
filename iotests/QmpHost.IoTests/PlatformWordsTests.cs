using NUnit.Framework;
using QmpHost.IoTests.Harness;
using QmpHost.Testing.Support;

namespace QmpHost.IoTests;

/// <summary>The words by which the fuzzers know that an unexpected error came to light.</summary>
[TestFixture]
internal sealed class PlatformWordsTests
{
    [Test]
    public void QEMU_says_none_of_them()
    {
        IEnumerable<string> transcripts = Directory.EnumerateFiles(Corpus.Sessions, "*.transcript", SearchOption.AllDirectories);
        IEnumerable<string> goldens = Directory.EnumerateFiles(Corpus.Root, "*.out");
        Assert.That(transcripts.Concat(goldens).Select(static path => PlatformWords.FindIn(File.ReadAllText(path))), Is.All.Null);
    }

    [TestCase("{\"error\": {\"class\": \"GenericError\", \"desc\": \"Value cannot be null. (Parameter 'path')\"}}")]
    [TestCase("{\"error\": {\"class\": \"GenericError\", \"desc\": \"Index was outside the bounds of the array.\"}}")]
    [TestCase("unexpected error: System.IO.IOException: No such device")]
    public void They_are_found(string said) => Assert.That(PlatformWords.FindIn(said), Is.Not.Null);

    [TestCase("{\"error\": {\"class\": \"GenericError\", \"desc\": \"Parameter 'driver' is missing\"}}")]
    public void What_QEMU_says_is_not_taken_for_them(string said) => Assert.That(PlatformWords.FindIn(said), Is.Null);
}
