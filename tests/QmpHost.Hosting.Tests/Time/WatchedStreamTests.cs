using Nerdbank.Streams;
using NUnit.Framework;
using QmpHost.Hosting.Time;

namespace QmpHost.Hosting.Tests.Time;

/// <summary>Connections within the process end like any others.</summary>
[TestFixture]
public sealed class WatchedStreamTests
{
    [Test]
    public async Task Who_writes_to_an_end_that_was_closed_is_told_that_it_was_disposed()
    {
        (Stream end, _) = FullDuplexStream.CreatePair();
        var stream = new WatchedStream(end, new Transit(), new Transit());
        await stream.DisposeAsync();

        Assert.That(async () => await stream.WriteAsync(new byte[1]), Throws.InstanceOf<ObjectDisposedException>());
    }
}
