using System.Buffers.Binary;
using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Broken headers and wrong options, with the words that QEMU has for them.</summary>
public sealed class OpenErrorTests
{
    private const int ExtensionStart = 112;

    private static readonly (int, int, long, string?)[] Fields =
    [
        (0, 4, 0x58585858L, "Image is not in qcow2 format"),
        (4, 4, 0L, "Unsupported qcow2 version 0"),
        (4, 4, 1L, "Unsupported qcow2 version 1"),
        (4, 4, 4L, "Unsupported qcow2 version 4"),
        (20, 4, 8L, "Unsupported cluster size: 2^8"),
        (20, 4, 9L, "L1 table is too small"),
        (20, 4, 22L, "Unsupported cluster size: 2^22"),
        (32, 4, 1L, "Parameter 'encrypt.key-secret' is required for cipher"),
        (32, 4, 2L, "Missing CRYPTO header for crypt method 2"),
        (32, 4, 3L, "Unsupported encryption method 3"),
        (24, 8, (64L << 20) + 1, null),
        (24, 8, 1L << 62, "Image is too big"),
        (24, 8, long.MinValue, "Image is too big"),
        (24, 8, 1L << 40, "L1 table is too small"),
        (36, 4, 0L, "L1 table is too small"),
        (36, 4, 4L << 20, null),
        (36, 4, (4L << 20) + 1, "Active L1 table too large"),
        (36, 4, 0xffffffffL, "Active L1 table too large"),
        (40, 8, 0L, null),
        (40, 8, 512L, "Active L1 table offset invalid"),
        (40, 8, long.MinValue, "Active L1 table offset invalid"),
        (40, 8, long.MaxValue - 65535, "Could not read L1 table: Input/output error"),
        (40, 8, 0x1000000L, null),
        (48, 8, 512L, "Reference count table offset invalid"),
        (48, 8, 1L << 56, null),
        (48, 8, long.MinValue, "Reference count table offset invalid"),
        (48, 8, long.MaxValue - 131071, "Could not initialize refcount handling: Input/output error"),
        (56, 4, 0L, "Image does not contain a reference count table"),
        (56, 4, 128L, null),
        (56, 4, 129L, "Reference count table too large"),
        (56, 4, 0xffffffffL, "Reference count table too large"),
        (60, 4, 65537L, "Snapshot table too large"),
        (64, 8, long.MinValue, "Snapshot table offset invalid"),
        (72, 8, 1L, null),
        (72, 8, 2L, "qcow2: Image is corrupt; cannot be opened read/write"),
        (72, 8, 4L, "'data-file' is required for this image"),
        (72, 8, 8L, "qcow2: Compression type incompatible feature bit must not be set"),
        (72, 8, 16L, null),
        (72, 8, 32L, "Unsupported qcow2 feature(s): Unknown incompatible feature: 20"),
        (72, 8, 96L, "Unsupported qcow2 feature(s): Unknown incompatible feature: 60"),
        (72, 8, long.MinValue, "Unsupported qcow2 feature(s): Unknown incompatible feature: 8000000000000000"),
        (80, 8, -1L, null),
        (88, 8, 1L, null),
        (88, 8, 2L, "data-file-raw requires a data file"),
        (88, 8, 4L, null),
        (96, 4, 0L, null),
        (96, 4, 7L, "Reference count entry width too large; may not exceed 64 bits"),
        (100, 4, 0L, "qcow2 header too short"),
        (100, 4, 103L, "qcow2 header too short"),
        (100, 4, 104L, null),
        (100, 4, 105L, null),
        (100, 4, 108L, "Header extension too large"),
        (100, 4, 120L, "Header extension too large"),
        (100, 4, 65536L, null),
        (100, 4, 65544L, "qcow2 header exceeds cluster size"),
        (104, 1, 1L, "qcow2: Compression type incompatible feature bit must be set"),
        (8, 8, 1L << 40, "Invalid backing file offset"),
        (8, 8, long.MinValue, "Invalid backing file offset"),
    ];

    private static readonly (long, string, int, string?)[] Extensions =
    [
        (0xe2792acaL, new string('a', 16), 16, "ERROR: ext_backing_format: len=16 too large (>=16)"),
        (0xe2792acaL, new string('a', 15), 15, null),
        (0xe2792acaL, "aaa", 0x10000, "Header extension too large"),
        (0x12345678L, "anything", 8, null),
        (0x0537be77L, "12345678", 8, "CRYPTO header extension only expected with LUKS encryption method"),
        (0x23852875L, new string('\0', 20), 20, "bitmaps_ext: Invalid extension length"),
        (0x23852875L, new string('\0', 24), 24, null),
        (0x44415441L, "foo", 3, null),
    ];

    public static IEnumerable<TestCaseData> FieldCases()
        => Fields.Select(c => new TestCaseData(c.Item1, c.Item2, c.Item3, c.Item4));

    public static IEnumerable<TestCaseData> ExtensionCases()
        => Extensions.Select(c => new TestCaseData(c.Item1, c.Item2, c.Item3, c.Item4));

    [TestCaseSource(nameof(FieldCases))]
    public void A_header_field_is_checked(int offset, int size, long value, string? message) => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await host.CreateAsync("a", 64 << 20);
        disk.Write(offset, BigEndian(value, size));
        await ExpectAsync(host, message);
    });

    [TestCaseSource(nameof(ExtensionCases))]
    public void A_header_extension_is_checked(long type, string data, int length, string? message) => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await host.CreateAsync("a", 64 << 20);
        disk.Write(ExtensionStart, Extension((uint)type, data, length));
        await ExpectAsync(host, message);
    });

    [TestCase("fifth one", 5, 0x10000000060L, "fifth one, Unknown incompatible feature: 10000000040")]
    [TestCase("exactly forty-six bytes long, without a zero..", 5, 0x20L, "exactly forty-six bytes long, without a zero..")]
    public void Unknown_features_are_named(string name, int bit, long features, string message) => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await host.CreateAsync("a", 64 << 20);
        disk.Write(72, BigEndian(features, 8));
        disk.Write(ExtensionStart, Extension(0x6803f857, $"\0{(char)bit}{name.PadRight(46, '\0')}", 48));
        await ExpectAsync(host, "Unsupported qcow2 feature(s): " + message);
    });

    [TestCase(0, "Image is not in qcow2 format")]
    [TestCase(3, "Image is not in qcow2 format")]
    [TestCase(72, "qcow2 header too short")]
    [TestCase(104, null)]
    [TestCase(200, null)]
    public void A_cut_off_file_is_read_as_if_zeroes_followed(int length, string? message) => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await host.CreateAsync("a", 64 << 20);
        disk.Resize(length);
        await ExpectAsync(host, message);
    });

    [TestCase(1024, "Backing file name too long")]
    [TestCase(-1, "Backing file name too long")]
    [TestCase(6, "Could not open backing file: Could not open 'nofile': No such file or directory")]
    public void The_backing_file_name_is_checked(int length, string message) => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await host.CreateAsync("a", 64 << 20);
        disk.Write(8, BigEndian(0x200, 8));
        disk.Write(16, BigEndian(length, 4));
        disk.Write(0x200, "nofile"u8);
        await ExpectAsync(host, message);
    });

    private static readonly (string, Func<BlockdevOptionsQcow2, BlockdevOptionsQcow2>)[] OptionErrors =
    [
        ("Refcount cache size too big", o => o with { RefcountCacheSize = 1L << 62 }),
        ("Refcount cache size too big", o => o with { CacheSize = 1L << 62 }),
        ("Parameter 'l2-cache-size' expects a non-negative number below 2^64", o => o with { L2CacheSize = -1 }),
        ("L2 cache entry size must be a power of two between 512 and the cluster size (65536)", o => o with { L2CacheEntrySize = 511 }),
        ("L2 cache entry size must be a power of two between 512 and the cluster size (65536)", o => o with { L2CacheEntrySize = 131072 }),
        ("Cache clean interval too big", o => o with { CacheCleanInterval = 1L << 32 }),
        ("cache-size, l2-cache-size and refcount-cache-size may not be set at the same time", o => o with { CacheSize = 131072, L2CacheSize = 65536, RefcountCacheSize = 65536 }),
        ("l2-cache-size may not exceed cache-size", o => o with { CacheSize = 131072, L2CacheSize = 262144 }),
        ("refcount-cache-size may not exceed cache-size", o => o with { CacheSize = 131072, RefcountCacheSize = 262144 }),
        ("Parameter 'l2-cache-entry-size' expects a non-negative number below 2^64", o => o with { L2CacheEntrySize = -1 }),
        ("Cache clean interval too big", o => o with { CacheCleanInterval = -1 }),
        ("No encryption in image header, but options specified format 'aes'", o => o with { Encrypt = Aes("s") }),
        ("Could not open backing file: Cannot find device='nonexist' nor node-name='nonexist'", o => o with { Backing = new BlockdevRefOrNull.Reference("nonexist") }),
    ];

    public static IEnumerable<TestCaseData> OptionCases()
        => OptionErrors.Select((c, i) => new TestCaseData(c.Item1, c.Item2).SetArgDisplayNames(i + " " + c.Item1));

    [TestCaseSource(nameof(OptionCases))]
    public void A_wrong_option_is_refused(string message, Func<BlockdevOptionsQcow2, BlockdevOptionsQcow2> change) => Qcow2Host.Run(async host =>
    {
        await host.CreateAsync("a", 64 << 20);
        QmpException error = await FailAsync(host, change);
        Assert.That(error.Message, Is.EqualTo(message));
    });

    [TestCase(1, false, "Header reported 'aes' encryption format but options specify 'luks'")]
    [TestCase(1, true, "No secret with id 's'")]
    [TestCase(2, false, "No secret with id 's'")]
    [TestCase(2, true, "Header reported 'luks' encryption format but options specify 'aes'")]
    public void An_encrypted_image_cannot_be_opened(int method, bool asAes, string message) => Qcow2Host.Run(async host =>
    {
        MemoryDisk disk = await host.CreateAsync("a", 64 << 20);
        disk.Write(32, BigEndian(method, 4));
        if (method == 2)
        {
            disk.Write(ExtensionStart, Extension(0x0537be77, "\0\0\0\0\0\u0010\0\0\0\0\0\0\0\0\0\u0001", 16));
        }

        QmpException error = await FailAsync(host, o => o with { Encrypt = asAes ? Aes("s") : Luks("s") });
        Assert.That(error.Message, Is.EqualTo(message));
    });

    [Test]
    public void Lazy_refcounts_need_version_3() => Qcow2Host.Run(async host =>
    {
        await host.CreateAsync("a", 64 << 20, o => o with { Version = BlockdevQcow2Version.V2 });
        QmpException error = await FailAsync(host, o => o with { LazyRefcounts = true });
        Assert.That(error.Message, Is.EqualTo("Lazy refcounts require a qcow2 image with at least qemu 1.1 compatibility level"));
    });

    private static BlockdevQcow2Encryption.Aes Aes(string secret) => new() { KeySecret = secret };

    private static BlockdevQcow2Encryption.Luks Luks(string secret) => new() { KeySecret = secret };

    private static async Task<QmpException> FailAsync(Qcow2Host host, Func<BlockdevOptionsQcow2, BlockdevOptionsQcow2> change)
    {
        try
        {
            await host.OpenAsync("a", more: change);
        }
        catch (QmpException e)
        {
            return e;
        }

        throw new AssertionException("The image was opened.");
    }

    private static async Task ExpectAsync(Qcow2Host host, string? message)
    {
        string? found = null;
        try
        {
            BlockBackend backend = await host.OpenAsync("a");
            await backend.RemoveAsync();
        }
        catch (QmpException e)
        {
            found = e.Message;
        }

        Assert.That(found, Is.EqualTo(message));
        Assert.That(host.Graph.Nodes, Is.Empty);
    }

    private static byte[] Extension(uint type, string data, int length)
    {
        byte[] bytes = new byte[8 + ((data.Length + 7) & ~7) + 8];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, type);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), length);
        System.Text.Encoding.Latin1.GetBytes(data, bytes.AsSpan(8));
        return bytes;
    }

    private static byte[] BigEndian(long value, int size)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes[(8 - size)..];
    }
}
