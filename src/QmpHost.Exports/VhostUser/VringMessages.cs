using System.Buffers.Binary;
using System.Numerics;
using QmpHost.Block.Loop;
using QmpHost.Exports.Memory;
using QmpHost.Exports.Virtio;

namespace QmpHost.Exports.VhostUser;

/// <summary>The queues of one front end, and what it says of them.</summary>
/// <remarks>Used on the host's loop only.</remarks>
/// <param name="count">How many there may be.</param>
/// <param name="loop">The host's loop.</param>
/// <param name="handler">What carries requests out.</param>
/// <param name="fail">Called where the guest broke the rules.</param>
internal sealed class VringMessages(int count, EventLoop loop, VirtioBlkHandler handler, Action<VirtioException> fail)
{
    private readonly SortedDictionary<uint, VhostUserVring> _vrings = [];

    /// <summary>Deals with a message that concerns a queue.</summary>
    /// <param name="message">The message.</param>
    /// <param name="connection">Where to answer.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="features">What the two sides agreed on.</param>
    /// <exception cref="VirtioException">It makes no sense.</exception>
    /// <returns>True where it was answered.</returns>
    public async ValueTask<bool> HandleAsync(VhostUserMessage message, VhostUserConnection connection, GuestMemory memory, VirtioFeatures features)
    {
        switch (message.Request)
        {
            case VhostUserRequest.SetVringSize:
                Find(message).Size = ReadSize(message);
                return false;
            case VhostUserRequest.SetVringAddress:
                Find(message).Addresses = (message.ReadUInt64(8), message.ReadUInt64(24), message.ReadUInt64(16));
                return false;
            case VhostUserRequest.SetVringBase:
                Find(message).BaseIndex = (ushort)message.ReadUInt32(4);
                return false;
            case VhostUserRequest.GetVringBase:
                await StopAsync(message, connection);
                return true;
            case VhostUserRequest.SetVringEnable:
                Find(message).Enable(message.ReadUInt32(4) != 0);
                return false;
            case VhostUserRequest.SetVringKick:
                FindByMask(message).Start(memory, features, TakeEvent(message));
                return false;
            case VhostUserRequest.SetVringCall:
                FindByMask(message).SetCall(TakeEvent(message));
                return false;
            case VhostUserRequest.SetVringError:
                FindByMask(message).SetError(TakeEvent(message));
                return false;
            default:
                throw new VirtioException($"Unhandled request: {(uint)message.Request}");
        }
    }

    /// <summary>Moves all queues to another description of the memory.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <exception cref="VirtioException">One is not there any more.</exception>
    public void Move(GuestMemory memory)
    {
        foreach (VhostUserVring vring in _vrings.Values)
        {
            vring.Move(memory);
        }
    }

    /// <summary>Tells the front end, where it wants to know, that something is wrong.</summary>
    public void SignalErrors()
    {
        foreach (VhostUserVring vring in _vrings.Values)
        {
            vring.SignalError();
        }
    }

    /// <summary>Stops all queues and waits until their requests are finished.</summary>
    /// <returns>A task that ends then.</returns>
    public async Task StopAsync()
    {
        foreach (VhostUserVring vring in _vrings.Values)
        {
            await vring.StopAsync();
            vring.Dispose();
        }

        _vrings.Clear();
    }

    private async ValueTask StopAsync(VhostUserMessage message, VhostUserConnection connection)
    {
        ushort next = await Find(message).StopAsync();
        byte[] answer = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(answer, message.ReadUInt32(0));
        BinaryPrimitives.WriteUInt32LittleEndian(answer.AsSpan(4), next);
        connection.Reply(message.Request, answer);
    }

    private static int ReadSize(VhostUserMessage message)
    {
        uint size = message.ReadUInt32(4);
        return size <= Virtqueue.MostEntries && BitOperations.IsPow2(size) ? (int)size : throw new VirtioException($"Invalid queue size: {size}");
    }

    private static EventDescriptor? TakeEvent(VhostUserMessage message)
        => (message.ReadUInt64(0) & VhostUserProtocol.HasNoDescriptor) != 0 ? null : new EventDescriptor(message.TakeDescriptor());

    private VhostUserVring Find(VhostUserMessage message) => Find(message.ReadUInt32(0));

    private VhostUserVring FindByMask(VhostUserMessage message) => Find((uint)(message.ReadUInt64(0) & VhostUserProtocol.VringIndexMask));

    private VhostUserVring Find(uint index)
    {
        if (index >= count)
        {
            throw new VirtioException($"Invalid queue index: {index}");
        }

        if (!_vrings.TryGetValue(index, out VhostUserVring? vring))
        {
            vring = new VhostUserVring(loop, handler, fail);
            _vrings.Add(index, vring);
        }

        return vring;
    }
}
