using System.IO.Pipelines;
using System.Net.Sockets;
using NUnit.Framework;
using QmpHost.Protocol.Chardev;

namespace QmpHost.Protocol.Tests.Chardev;

/// <summary>A device that is closed while it waits for a peer.</summary>
public sealed class CharacterDeviceClosingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Test]
    public async Task A_listener_that_is_closed_under_the_wait_is_no_failure()
    {
        var device = new RacingDevice(() => throw new SocketException((int)SocketError.OperationAborted));
        device.Serve(_ => Task.CompletedTask);
        await device.Waiting;

        Assert.That(async () => await device.DisposeAsync().AsTask().WaitAsync(Patience), Throws.Nothing);
    }

    [Test]
    public async Task A_peer_that_comes_at_that_moment_is_sent_away()
    {
        var connection = new EmptyConnection();
        var device = new RacingDevice(() => connection);
        bool served = false;
        device.Serve(c =>
        {
            served = true;
            return c.Closed;
        });
        await device.Waiting;

        await device.DisposeAsync().AsTask().WaitAsync(Patience);

        Assert.That(served, Is.False);
        Assert.That(connection.Closed.IsCompleted);
    }

    /// <summary>Its wait ends only after closing has found nobody there.</summary>
    private sealed class RacingDevice(Func<CharacterConnection> end) : CharacterDevice("c")
    {
        private readonly TaskCompletionSource _waiting = new();

        public Task Waiting => _waiting.Task;

        public override Task OpenAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        protected override async ValueTask<CharacterConnection?> NextAsync(CancellationToken cancellationToken)
        {
            var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using CancellationTokenRegistration registration = cancellationToken.Register(() => cancelled.SetResult());
            _waiting.SetResult();
            await cancelled.Task;

            // By now the device has looked for somebody to send away, or does so before the peer is served.
            return end();
        }
    }

    private sealed class EmptyConnection : CharacterConnection
    {
        private readonly Pipe _pipe = new();

        public override PipeReader Input => _pipe.Reader;

        public override PipeWriter Output => _pipe.Writer;

        protected override ValueTask CloseAsync() => ValueTask.CompletedTask;
    }
}
