using System.Security.Cryptography;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>Adds and erases key slots.</summary>
/// <param name="header">The header.</param>
/// <param name="area">Where it lies.</param>
/// <param name="surroundings">Where secrets are.</param>
/// <param name="secret">The id of the secret that opened the volume.</param>
internal sealed class LuksAmendment(LuksHeader header, ILuksArea area, IBlockSurroundings surroundings, string secret)
{
    private readonly LuksKeyring _keyring = new(header, area);

    /// <summary>Carries a change out.</summary>
    /// <exception cref="QmpException">It makes no sense, or would lock the disk for ever and is not forced.</exception>
    public ValueTask ApplyAsync(QCryptoBlockAmendOptionsLUKS options, bool force)
        => options.State == QCryptoBlockLUKSKeyslotState.Active ? AddAsync(options, force) : EraseAsync(options, force);

    private async ValueTask AddAsync(QCryptoBlockAmendOptionsLUKS options, bool force)
    {
        if (options.NewSecret is not { } newSecret)
        {
            throw new QmpException("'new-secret' is required to activate a keyslot");
        }

        if (options.OldSecret is not null)
        {
            throw new QmpException("'old-secret' must not be given when activating keyslots");
        }

        LuksKeySlot slot = options.Keyslot is { } index
            ? SlotAt(index)
            : header.Slots.FirstOrDefault(static candidate => candidate.IsActive != true)
                ?? throw new QmpException("Can't add a keyslot - all keyslots are in use");
        if (options.Keyslot is { } chosen && slot.IsActive == true && !force)
        {
            throw new QmpException($"Refusing to overwrite active keyslot {chosen} - please erase it first");
        }

        ReadOnlyMemory<byte> old = surroundings.GetSecret(options.Secret ?? secret);
        byte[] key = await _keyring.UnlockAsync(old);
        await _keyring.StoreAsync(slot, key, surroundings.GetSecret(newSecret), options.IterTime);
        CryptographicOperations.ZeroMemory(key);
    }

    private ValueTask EraseAsync(QCryptoBlockAmendOptionsLUKS options, bool force)
    {
        if (options.NewSecret is not null)
        {
            throw new QmpException("'new-secret' must not be given when erasing keyslots");
        }

        if (options.IterTime is not null)
        {
            throw new QmpException("'iter-time' must not be given when erasing keyslots");
        }

        // Without the cast, no secret would be an empty one.
        ReadOnlyMemory<byte>? old = options.OldSecret is { } id ? surroundings.GetSecret(id) : (ReadOnlyMemory<byte>?)null;
        return options.Keyslot is { } index ? EraseOneAsync(index, old, force)
            : old is { } passphrase ? EraseMatchingAsync(passphrase, force)
            : throw new QmpException(
                "To erase keyslot(s), either explicit keyslot index or the password currently contained in them must be given");
    }

    private async ValueTask EraseOneAsync(long index, ReadOnlyMemory<byte>? old, bool force)
    {
        LuksKeySlot slot = SlotAt(index);
        if (old is { } passphrase && await _keyring.TryUnlockAsync(slot, passphrase) is null)
        {
            throw new QmpException($"Given keyslot {index} doesn't contain the given old password for erase operation");
        }

        if (!force && slot.IsActive != true)
        {
            throw new QmpException($"Given keyslot {index} is already erased (inactive) ");
        }

        if (!force && header.Slots.Count(static candidate => candidate.IsActive == true) == 1)
        {
            throw new QmpException(
                $"Attempt to erase the only active keyslot {index} which will erase all the data in the image irreversibly - refusing operation");
        }

        await _keyring.EraseAsync(slot);
    }

    private async ValueTask EraseMatchingAsync(ReadOnlyMemory<byte> passphrase, bool force)
    {
        var matching = new List<LuksKeySlot>();
        foreach (LuksKeySlot slot in header.Slots)
        {
            if (await _keyring.TryUnlockAsync(slot, passphrase) is not null)
            {
                matching.Add(slot);
            }
        }

        if (matching.Count == 0)
        {
            throw new QmpException("No keyslots match given (old) password for erase operation");
        }

        if (!force && matching.Count == header.Slots.Count(static slot => slot.IsActive == true))
        {
            throw new QmpException(
                "All the active keyslots match the (old) password that was given and erasing them will erase all the data in the image "
                + "irreversibly - refusing operation");
        }

        foreach (LuksKeySlot slot in matching)
        {
            await _keyring.EraseAsync(slot);
        }
    }

    private LuksKeySlot SlotAt(long index) => index is >= 0 and < LuksHeader.SlotCount
        ? header.Slots[index]
        : throw new QmpException($"Invalid keyslot {index} specified, must be between 0 and {LuksHeader.SlotCount - 1}");
}
