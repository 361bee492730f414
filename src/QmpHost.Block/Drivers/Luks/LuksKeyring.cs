using System.Security.Cryptography;
using QmpHost.Block.Drivers.Encryption;
using QmpHost.Block.Loop;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>Finds the disk's key in the key slots, and puts it there.</summary>
internal sealed class LuksKeyring(LuksHeader header, ILuksArea area)
{
    // Media that keep old contents near the new ones are overwritten more than once.
    private const int ErasePasses = 40;

    private int MaterialBytes => LuksHeader.MaterialSectors(header.KeyBytes) * SectorCipher.SectorSize;

    /// <summary>Finds the key with a passphrase.</summary>
    /// <exception cref="QmpException">No slot opens.</exception>
    public async ValueTask<byte[]> UnlockAsync(ReadOnlyMemory<byte> passphrase)
    {
        foreach (LuksKeySlot slot in header.Slots)
        {
            if (await TryUnlockAsync(slot, passphrase) is { } key)
            {
                return key;
            }
        }

        throw new QmpException("Invalid password, cannot unlock any keyslot");
    }

    /// <summary>Finds the key in one slot.</summary>
    /// <returns>The key, or null if the slot is not active or the passphrase another.</returns>
    public async ValueTask<byte[]?> TryUnlockAsync(LuksKeySlot slot, ReadOnlyMemory<byte> passphrase)
    {
        if (slot.IsActive != true)
        {
            return null;
        }

        byte[] material = new byte[MaterialBytes];
        await area.ReadAsync(MaterialOffset(slot), material);
        return await EventLoop.OffloadAsync(() => Open(slot, passphrase.Span, material));
    }

    /// <summary>Puts the key into a slot under a passphrase: the slot is entered into the header when its material is stable.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="key">The disk's key.</param>
    /// <param name="passphrase">The passphrase.</param>
    /// <param name="milliseconds">How long the derivation is to take, or null for the usual time.</param>
    public async ValueTask StoreAsync(LuksKeySlot slot, byte[] key, ReadOnlyMemory<byte> passphrase, long? milliseconds)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(LuksHeader.SaltSize);
        uint iterations = await EventLoop.OffloadAsync(() => KeyDerivation.CountIterations(header.Hash, header.KeyBytes, milliseconds, 1));
        byte[] material = await EventLoop.OffloadAsync(() => Close(key, passphrase.Span, salt, iterations));
        await area.WriteAsync(MaterialOffset(slot), material);
        await area.FlushAsync();
        slot.Salt = salt;
        slot.Iterations = iterations;
        slot.IsActive = true;
        await area.WriteAsync(0, header.ToBytes());
        await area.FlushAsync();
    }

    /// <summary>Erases a slot: first it is no longer a key, then its material goes.</summary>
    public async ValueTask EraseAsync(LuksKeySlot slot)
    {
        slot.IsActive = false;
        slot.Iterations = 0;
        slot.Salt = new byte[LuksHeader.SaltSize];
        await area.WriteAsync(0, header.ToBytes());
        await area.FlushAsync();
        byte[] garbage = new byte[MaterialBytes];
        for (int i = 0; i < ErasePasses; i++)
        {
            RandomNumberGenerator.Fill(garbage);
            await area.WriteAsync(MaterialOffset(slot), garbage);
        }

        await area.FlushAsync();
    }

    /// <summary>Lets the header know the key by its digest.</summary>
    public void SetDigest(byte[] key, long? milliseconds)
    {
        RandomNumberGenerator.Fill(header.KeySalt);

        // An attacker tries passphrases, not keys: an eighth of the time is enough.
        header.KeyIterations = KeyDerivation.CountIterations(header.Hash, LuksHeader.DigestSize, milliseconds, 8);
        header.KeyDigest = DigestOf(key);
    }

    private static long MaterialOffset(LuksKeySlot slot) => (long)slot.MaterialSector * SectorCipher.SectorSize;

    private byte[] DigestOf(ReadOnlySpan<byte> key)
        => KeyDerivation.Derive(header.Hash, key, header.KeySalt, header.KeyIterations, LuksHeader.DigestSize);

    private byte[]? Open(LuksKeySlot slot, ReadOnlySpan<byte> passphrase, byte[] material)
    {
        byte[] derived = KeyDerivation.Derive(header.Hash, passphrase, slot.Salt, slot.Iterations, header.KeyBytes);
        using SectorCipher cipher = header.Choice.Create(derived);
        cipher.Decrypt(0, material);
        byte[] key = new byte[header.KeyBytes];
        AntiForensicSplitter.Merge(header.Hash, material, key);
        CryptographicOperations.ZeroMemory(derived);
        CryptographicOperations.ZeroMemory(material);
        return CryptographicOperations.FixedTimeEquals(DigestOf(key), header.KeyDigest) ? key : null;
    }

    private byte[] Close(byte[] key, ReadOnlySpan<byte> passphrase, byte[] salt, uint iterations)
    {
        byte[] material = new byte[MaterialBytes];
        AntiForensicSplitter.Split(header.Hash, key, material);
        byte[] derived = KeyDerivation.Derive(header.Hash, passphrase, salt, iterations, header.KeyBytes);
        using SectorCipher cipher = header.Choice.Create(derived);
        cipher.Encrypt(0, material, material);
        CryptographicOperations.ZeroMemory(derived);
        return material;
    }
}
