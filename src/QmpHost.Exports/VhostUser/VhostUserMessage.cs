using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using QmpHost.Exports.Virtio;

namespace QmpHost.Exports.VhostUser;

/// <summary>A message of a front end.</summary>
/// <param name="request">What it asks for.</param>
/// <param name="needsReply">Whether it is to be acknowledged.</param>
/// <param name="payload">What else it says.</param>
/// <param name="descriptors">The descriptors that came with it; what is not taken is closed with the message.</param>
internal sealed class VhostUserMessage(VhostUserRequest request, bool needsReply, byte[] payload, List<SafeFileHandle> descriptors) : IDisposable
{
    /// <summary>What it asks for.</summary>
    public VhostUserRequest Request => request;

    /// <summary>Whether it is to be acknowledged.</summary>
    public bool NeedsReply => needsReply;

    /// <summary>What else it says.</summary>
    public ReadOnlySpan<byte> Payload => payload;

    /// <summary>The number of descriptors that came with it.</summary>
    public int DescriptorCount => descriptors.Count;

    /// <summary>Reads a number of 32 bits.</summary>
    /// <param name="offset">Where it is.</param>
    /// <exception cref="VirtioException">The message is too short.</exception>
    public uint ReadUInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(Cut(offset, sizeof(uint)));

    /// <summary>Reads a number of 64 bits.</summary>
    /// <param name="offset">Where it is.</param>
    /// <exception cref="VirtioException">The message is too short.</exception>
    public ulong ReadUInt64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(Cut(offset, sizeof(ulong)));

    /// <summary>Gives one of the descriptors that came with it.</summary>
    /// <param name="index">Which.</param>
    /// <exception cref="VirtioException">It is missing.</exception>
    public SafeFileHandle Descriptor(int index) => index < descriptors.Count ? descriptors[index] : throw new VirtioException($"Request {(uint)request} comes without a descriptor");

    /// <summary>Takes the one descriptor that came with it over.</summary>
    /// <exception cref="VirtioException">It is missing.</exception>
    public SafeFileHandle TakeDescriptor()
    {
        SafeFileHandle taken = Descriptor(0);
        descriptors.RemoveAt(0);
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose() => descriptors.ForEach(static descriptor => descriptor.Dispose());

    private ReadOnlySpan<byte> Cut(int offset, int length)
        => offset + length <= payload.Length ? Payload.Slice(offset, length) : throw new VirtioException($"Request {(uint)request} is too short");
}
