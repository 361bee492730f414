using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Drivers.Encryption;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Formats;

/// <summary>Sectors are encrypted as the standards say, and come back.</summary>
public sealed class SectorCipherTests
{
    private static readonly QCryptoCipherMode[] Modes =
        [QCryptoCipherMode.Ecb, QCryptoCipherMode.Cbc, QCryptoCipherMode.Xts, QCryptoCipherMode.Ctr];

    [Test]
    public void XTS_gives_what_its_standard_gives()
    {
        byte[] key = Convert.FromHexString("2718281828459045235360287471352631415926535897932384626433832795");
        byte[] data = new byte[SectorCipher.SectorSize];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = (byte)i;
        }

        using SectorCipher cipher = Make(QCryptoCipherAlgorithm.Aes128, QCryptoCipherMode.Xts, key);
        cipher.Encrypt(0, data, data);
        Assert.That(Convert.ToHexString(data.AsSpan(0, 16)), Is.EqualTo("27A7479BEFA1D476489F308CD4CFA6E2"));
    }

    [Test]
    public void Sectors_come_back_in_any_pieces() => Gen.Select(Gen.Int[0, 3], Gen.Int[1, 200], Gen.Int[0, 199], Gen.Long[0, 1L << 50]).Sample(
        (mode, sectors, cut, first) =>
        {
            byte[] plain = new byte[sectors * SectorCipher.SectorSize];
            new Random(sectors).NextBytes(plain);
            byte[] key = new byte[Modes[mode] == QCryptoCipherMode.Xts ? 64 : 32];
            key[^1] = 1;
            using SectorCipher cipher = Make(QCryptoCipherAlgorithm.Aes256, Modes[mode], key);
            byte[] whole = new byte[plain.Length];
            cipher.Encrypt(first, plain, whole);
            byte[] pieces = (byte[])plain.Clone();
            int middle = Math.Min(cut, sectors) * SectorCipher.SectorSize;
            cipher.Encrypt(first, pieces.AsSpan(0, middle), pieces.AsSpan(0, middle));
            cipher.Encrypt(first + (middle / SectorCipher.SectorSize), pieces.AsSpan(middle), pieces.AsSpan(middle));
            Assert.That(pieces, Is.EqualTo(whole));
            cipher.Decrypt(first, whole);
            Assert.That(whole, Is.EqualTo(plain));
        },
        iter: 100);

    private static SectorCipher Make(QCryptoCipherAlgorithm algorithm, QCryptoCipherMode mode, byte[] key)
        => new CipherChoice(algorithm, mode, QCryptoIVGenAlgorithm.Plain64, null).Create(key);
}
