using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using QmpHost.Block.Drivers.Encryption;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>Derives keys from passphrases, as slowly as is wanted. To be run on a thread of its own: it takes seconds.</summary>
internal static class KeyDerivation
{
    private const ulong DefaultMilliseconds = 2000;
    private const uint MinIterations = 1000;
    private const int FirstTrial = 1 << 14;
    private static readonly TimeSpan LongEnough = TimeSpan.FromMilliseconds(100);

    /// <summary>Derives a key.</summary>
    public static byte[] Derive(QCryptoHashAlgorithm hash, ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, uint iterations, int length)
    {
        // The platform counts rounds in signed numbers; no header that anybody made has more.
        return Rfc2898DeriveBytes.Pbkdf2(
            passphrase, salt, (int)Math.Min(iterations, int.MaxValue), Digest.NameOf(hash), length);
    }

    /// <summary>How many rounds this machine does in a time.</summary>
    /// <param name="hash">The digest.</param>
    /// <param name="length">Bytes of the key.</param>
    /// <param name="milliseconds">The time; null for two seconds.</param>
    /// <param name="share">The part of the time to use, as a divisor.</param>
    /// <exception cref="QmpException">No header could hold so many.</exception>
    public static uint CountIterations(QCryptoHashAlgorithm hash, int length, long? milliseconds, uint share)
    {
        ulong time = milliseconds is { } wanted ? (ulong)wanted : DefaultMilliseconds;
        if (time == 0)
        {
            return MinIterations;
        }

        ulong perSecond = Measure(hash, length);
        if (perSecond > ulong.MaxValue / time)
        {
            throw new QmpException(string.Create(
                CultureInfo.InvariantCulture, $"PBKDF iterations {perSecond} too large to scale: Numerical result out of range"));
        }

        ulong iterations = perSecond * time / 1000 / share;
        return iterations <= uint.MaxValue
            ? (uint)Math.Max(iterations, MinIterations)
            : throw new QmpException(string.Create(
                CultureInfo.InvariantCulture, $"PBKDF iterations {iterations} larger than {uint.MaxValue}: Numerical result out of range"));
    }

    // What counts is the speed of this processor, whatever clock the host follows.
    private static ulong Measure(QCryptoHashAlgorithm hash, int length)
    {
        byte[] salt = new byte[LuksHeader.SaltSize];
        for (int iterations = FirstTrial; ; iterations *= 2)
        {
            long start = Stopwatch.GetTimestamp();
            Rfc2898DeriveBytes.Pbkdf2("password"u8, salt, iterations, Digest.NameOf(hash), length);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            if (elapsed >= LongEnough || iterations >= int.MaxValue / 4)
            {
                return (ulong)(iterations / Math.Max(elapsed.TotalSeconds, 1e-6));
            }
        }
    }
}
