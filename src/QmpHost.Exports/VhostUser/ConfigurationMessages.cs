using System.Buffers.Binary;
using QmpHost.Exports.Virtio;

namespace QmpHost.Exports.VhostUser;

/// <summary>What a front end asks and says of the device's configuration.</summary>
internal static class ConfigurationMessages
{
    private const int HeaderSize = 12;

    /// <summary>Answers with a part of the configuration; with nothing where the part is none.</summary>
    /// <param name="message">The message.</param>
    /// <param name="disk">The disk.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="VirtioException">The message is none.</exception>
    public static byte[] Read(VhostUserMessage message, VhostUserDisk disk)
    {
        uint offset = message.ReadUInt32(0);
        uint length = message.ReadUInt32(4);
        uint most = disk.PadsConfiguration ? (uint)VhostUserProtocol.MostConfiguration : DeviceConfiguration.Size;
        if (length > most || offset > most - length)
        {
            return [];
        }

        byte[] answer = new byte[HeaderSize + length];
        BinaryPrimitives.WriteUInt32LittleEndian(answer, offset);
        BinaryPrimitives.WriteUInt32LittleEndian(answer.AsSpan(4), length);
        ReadOnlySpan<byte> part = disk.Configuration.Bytes[(int)Math.Min(offset, DeviceConfiguration.Size)..];
        part[..(int)Math.Min(length, (uint)part.Length)].CopyTo(answer.AsSpan(HeaderSize));
        return answer;
    }

    /// <summary>Carries out a change. The switch of the write cache is all that may be changed.</summary>
    /// <param name="message">The message.</param>
    /// <param name="disk">The disk.</param>
    /// <returns>Whether it is the change that may be made; otherwise nothing was done.</returns>
    /// <exception cref="VirtioException">The message is none.</exception>
    public static bool TryWrite(VhostUserMessage message, VhostUserDisk disk)
    {
        bool isSwitch = message.ReadUInt32(0) == DeviceConfiguration.WriteCacheOffset && message.ReadUInt32(4) == 1
            && message.ReadUInt32(8) == 0 && message.Payload.Length > HeaderSize;
        if (isSwitch)
        {
            disk.SwitchWriteCache(message.Payload[HeaderSize]);
        }

        return isSwitch;
    }
}
