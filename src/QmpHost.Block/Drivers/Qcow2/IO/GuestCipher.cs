using System.Buffers;
using QmpHost.Block.Drivers.Encryption;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>Encrypts and decrypts the data of clusters.</summary>
/// <param name="cipher">The cipher.</param>
/// <param name="followsHost">Whether sectors are numbered by their place in the image file, rather than on the disk.</param>
internal sealed class GuestCipher(SectorCipher cipher, bool followsHost)
{
    private const int MaxPiece = 1 << 20;

    /// <summary>Decrypts in place.</summary>
    public void Decrypt(long hostOffset, long guestOffset, Span<byte> data) => cipher.Decrypt(Sector(hostOffset, guestOffset), data);

    /// <summary>Encrypts in place.</summary>
    public void Encrypt(long hostOffset, long guestOffset, Span<byte> data) => cipher.Encrypt(Sector(hostOffset, guestOffset), data, data);

    /// <summary>Writes data that must stay as it is.</summary>
    public async ValueTask WriteAsync(BlockChild file, BlockChild dataFile, long hostOffset, long guestOffset, ReadOnlyMemory<byte> data)
    {
        await file.Node.Driver.OnDebugEventAsync(BlkdebugEvent.WriteAio);
        byte[] encrypted = ArrayPool<byte>.Shared.Rent(Math.Min(data.Length, MaxPiece));
        try
        {
            while (!data.IsEmpty)
            {
                ReadOnlyMemory<byte> piece = data[..Math.Min(data.Length, MaxPiece)];
                cipher.Encrypt(Sector(hostOffset, guestOffset), piece.Span, encrypted);
                await dataFile.WriteAsync(hostOffset, encrypted.AsMemory(0, piece.Length));
                data = data[piece.Length..];
                hostOffset += piece.Length;
                guestOffset += piece.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encrypted);
        }
    }

    private long Sector(long hostOffset, long guestOffset) => (followsHost ? hostOffset : guestOffset) / SectorCipher.SectorSize;
}
