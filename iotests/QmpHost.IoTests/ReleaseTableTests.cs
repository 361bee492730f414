using NUnit.Framework;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests;

/// <summary>The document that is made from the schema and the recordings.</summary>
internal sealed class ReleaseTableTests
{
    [Test]
    public void The_table_of_releases_is_as_what_is_there()
        => Assert.That(File.ReadAllText(ReleaseTable.Path), Is.EqualTo(ReleaseTable.Text()), "The session tool makes it anew: releases");
}
