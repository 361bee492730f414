using QmpHost.Protocol.Chardev;

namespace QmpHost.Hosting.Chardevs;

/// <summary>A port of the guest: nobody reads what comes in, since no guest is there to do so, and nothing goes out.</summary>
/// <param name="device">The character device.</param>
internal sealed class GuestFrontEnd(CharacterDevice device) : IDisposable
{
    private readonly TaskCompletionSource _detached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Keeps a peer until it closes the connection or the port goes.</summary>
    /// <param name="connection">The peer.</param>
    public async Task ServeAsync(CharacterConnection connection)
    {
        Task watching = WatchAsync(connection);
        await Task.WhenAny(_detached.Task, watching);
        connection.Input.CancelPendingRead();
        await Task.WhenAny(watching, connection.Closed);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        device.IsFrontEndOpen = false;
        device.Release();
        _detached.TrySetResult();
    }

    // A port takes only so much before it makes the peer wait; that the peer is gone shows all the same.
    private async Task WatchAsync(CharacterConnection connection)
    {
        const int portSize = 64 * 1024;
        try
        {
            while (true)
            {
                System.IO.Pipelines.ReadResult result = await connection.Input.ReadAsync();
                bool isFull = result.Buffer.Length >= portSize;
                connection.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (result.IsCompleted || result.IsCanceled)
                {
                    return;
                }

                if (isFull)
                {
                    await Task.WhenAny(connection.Closed, _detached.Task);
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It is gone.
        }
    }
}
