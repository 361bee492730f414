using System.Buffers.Binary;
using QmpHost.Block.Loop;
using QmpHost.Exports.Memory;
using QmpHost.Exports.Virtio;

namespace QmpHost.Exports.VhostUser;

/// <summary>One front end, from its first message until it has gone and its last request is finished.</summary>
/// <remarks>Used on the host's loop only.</remarks>
internal sealed class VhostUserSession
{
    private const VhostUserFeatures OwnFeatures = VhostUserFeatures.MultipleQueues | VhostUserFeatures.Acknowledgements
        | VhostUserFeatures.BackEndRequests | VhostUserFeatures.Configuration | VhostUserFeatures.MemorySlots;

    private readonly VhostUserConnection _connection;
    private readonly VhostUserDisk _disk;
    private readonly Action<string> _report;
    private readonly VringMessages _vrings;
    private GuestMemory _memory = GuestMemory.Empty();
    private VirtioFeatures _features;
    private VhostUserFeatures _protocol;
    private bool _hasFailed;

    /// <summary>Takes a connection over.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="loop">The host's loop.</param>
    /// <param name="report">Told of what the front end does wrong.</param>
    public VhostUserSession(VhostUserConnection connection, VhostUserDisk disk, EventLoop loop, Action<string> report)
    {
        _connection = connection;
        _disk = disk;
        _report = report;
        _vrings = new VringMessages(disk.Queues, loop, disk.OpenHandler(report), Fail);
    }

    /// <summary>Serves the front end until it has gone, or was told to.</summary>
    /// <returns>A task that ends when its last request is finished.</returns>
    public async Task RunAsync()
    {
        try
        {
            while (!_hasFailed && await _connection.ReceiveAsync() is { } message)
            {
                using (message)
                {
                    await HandleAsync(message);
                }
            }
        }
        catch (VirtioException e)
        {
            Fail(e);
        }

        await _vrings.StopAsync();
        _memory.Release();
        _connection.Dispose();
    }

    /// <summary>Ends the connection without waiting for it.</summary>
    public void Abort() => _connection.Shutdown();

    /// <summary>Tells the front end that the disk has changed.</summary>
    public void TellOfChange()
    {
        if ((_protocol & VhostUserFeatures.BackEndRequests) != 0)
        {
            _connection.TellOfChange();
        }
    }

    private void Fail(VirtioException failure)
    {
        if (_hasFailed)
        {
            return;
        }

        _hasFailed = true;
        _report($"vu_panic: {failure.Message}");
        _vrings.SignalErrors();
        _connection.Shutdown();
    }

    private async ValueTask HandleAsync(VhostUserMessage message)
    {
        bool isAnswered = TryAnswer(message) || (!TryNote(message) && await _vrings.HandleAsync(message, _connection, _memory, _features));
        if (!isAnswered && message.NeedsReply && (_protocol & VhostUserFeatures.Acknowledgements) != 0)
        {
            Answer(message, 0);
        }
    }

    /// <summary>Answers what is asked.</summary>
    private bool TryAnswer(VhostUserMessage message)
    {
        switch (message.Request)
        {
            case VhostUserRequest.GetFeatures:
                Answer(message, (ulong)_disk.Features);
                return true;
            case VhostUserRequest.GetProtocolFeatures:
                Answer(message, (ulong)OwnFeatures);
                return true;
            case VhostUserRequest.GetQueueCount:
                Answer(message, _disk.Queues);
                return true;
            case VhostUserRequest.GetMemorySlots:
                Answer(message, VhostUserProtocol.MostRegions);
                return true;
            case VhostUserRequest.GetConfiguration:
                _connection.Reply(message.Request, ConfigurationMessages.Read(message, _disk));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Notes what is said of the whole device.</summary>
    private bool TryNote(VhostUserMessage message)
    {
        switch (message.Request)
        {
            case VhostUserRequest.SetOwner or VhostUserRequest.ResetOwner:
                return true;
            case VhostUserRequest.SetFeatures:
                SetFeatures((VirtioFeatures)message.ReadUInt64(0));
                return true;
            case VhostUserRequest.SetProtocolFeatures:
                _protocol = (VhostUserFeatures)message.ReadUInt64(0) & OwnFeatures;
                return true;
            case VhostUserRequest.SetMemoryTable:
                ChangeMemory(MemoryMessages.ReadTable(message));
                return true;
            case VhostUserRequest.AddMemoryRegion:
                ChangeMemory(MemoryMessages.Add(message, _memory));
                return true;
            case VhostUserRequest.RemoveMemoryRegion:
                ChangeMemory(MemoryMessages.Remove(message, _memory));
                return true;
            case VhostUserRequest.SetBackEndChannel:
                _connection.OpenChannel(message.TakeDescriptor());
                return true;
            case VhostUserRequest.SetConfiguration:
                SetConfiguration(message);
                return true;
            default:
                return false;
        }
    }

    private void SetFeatures(VirtioFeatures features)
    {
        if ((features & VirtioFeatures.Version1) == 0)
        {
            throw new VirtioException("virtio legacy devices aren't supported by libvhost-user");
        }

        _features = features & _disk.Features;
    }

    private void SetConfiguration(VhostUserMessage message)
    {
        if (!ConfigurationMessages.TryWrite(message, _disk))
        {
            throw new VirtioException("Set virtio configuration space failed");
        }
    }

    private void ChangeMemory(GuestMemory memory)
    {
        GuestMemory old = _memory;
        _memory = memory;
        _vrings.Move(memory);
        old.Release();
    }

    private void Answer(VhostUserMessage message, ulong value)
    {
        Span<byte> answer = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(answer, value);
        _connection.Reply(message.Request, answer);
    }
}
