using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>QEMU's tools judge images made here, and images made by them are read here.</summary>
[Category("Oracle")]
public sealed class OracleImageTests
{
    private string _folder = "";

    [SetUp]
    public void SetUp()
    {
        OracleTools.Require();
        _folder = Directory.CreateTempSubdirectory("qmphost-").FullName;
    }

    [TearDown]
    public void TearDown()
    {
        if (_folder.Length != 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static readonly (string Options, long Size, Func<BlockdevCreateOptionsQcow2, BlockdevCreateOptionsQcow2> Change)[] Creations =
    [
        ("compat=1.1", 64 << 20, o => o),
        ("compat=0.10", 64 << 20, o => o with { Version = BlockdevQcow2Version.V2 }),
        ("cluster_size=512", 64 << 20, o => o with { ClusterSize = 512 }),
        ("cluster_size=512", 1 << 30, o => o with { ClusterSize = 512 }),
        ("cluster_size=4096", 1 << 30, o => o with { ClusterSize = 4096 }),
        ("cluster_size=2M", 10L << 40, o => o with { ClusterSize = 2 << 20 }),
        ("refcount_bits=1", 64 << 20, o => o with { RefcountBits = 1 }),
        ("refcount_bits=64,cluster_size=512", 64 << 20, o => o with { RefcountBits = 64, ClusterSize = 512 }),
        ("lazy_refcounts=on", 64 << 20, o => o with { LazyRefcounts = true }),
        ("compression_type=zstd", 64 << 20, o => o with { CompressionType = Qcow2CompressionType.Zstd }),
        ("extended_l2=on", 64 << 20, o => o with { ExtendedL2 = true }),
        ("preallocation=metadata", 64 << 20, o => o with { Preallocation = PreallocMode.Metadata }),
        ("preallocation=metadata,extended_l2=on", 64 << 20, o => o with { Preallocation = PreallocMode.Metadata, ExtendedL2 = true }),
        ("preallocation=metadata", 3L << 30, o => o with { Preallocation = PreallocMode.Metadata }),
        ("preallocation=falloc", 64 << 20, o => o with { Preallocation = PreallocMode.Falloc }),
        ("preallocation=full", 8 << 20, o => o with { Preallocation = PreallocMode.Full }),
        ("backing_file=base,backing_fmt=raw", 64 << 20, o => o with { BackingFile = "base", BackingFmt = BlockdevDriver.Raw }),
        ("size=0", 0, o => o),
        ("data_file=DATA", 64 << 20, o => o with { DataFile = Qcow2Host.FileRef("data") }),
        ("data_file=DATA,data_file_raw=on", 64 << 20, o => o with { DataFile = Qcow2Host.FileRef("data"), DataFileRaw = true }),
    ];

    public static IEnumerable<TestCaseData> CreationCases()
        => Creations.Select(c => new TestCaseData(c.Options, c.Size, c.Change).SetArgDisplayNames(c.Options, c.Size.ToString()));

    [TestCaseSource(nameof(CreationCases))]
    public void A_new_image_is_like_QEMUs(string options, long size, Func<BlockdevCreateOptionsQcow2, BlockdevCreateOptionsQcow2> change)
    {
        options = options.Replace("DATA", Path.Combine(_folder, "data"), StringComparison.Ordinal);
        string ours = Path.Combine(_folder, "ours.qcow2");
        string theirs = Path.Combine(_folder, "theirs.qcow2");
        File.WriteAllBytes(ours, []);
        File.WriteAllBytes(Path.Combine(_folder, "base"), new byte[512]);
        OracleTools.Succeed("qemu-img", ["create", "-q", "-f", "qcow2", "-o", options, theirs, .. size == 0 ? [] : new[] { size.ToString() }]);
        string data = Path.Combine(_folder, "data");
        File.WriteAllBytes(data, []);
        RealFileHost.Run(host => host.CreateAsync(
            ours, size, o => change(o) is { DataFile: not null } changed ? changed with { DataFile = Qcow2Host.FileRef(data) } : change(o)));

        OracleTools.Succeed("qemu-img", "check", "-f", "qcow2", ours);
        Assert.That(Info(ours), Is.EqualTo(Info(theirs)));
        Assert.That(Map(ours), Is.EqualTo(Map(theirs)));
        Assert.That(new FileInfo(ours).Length, Is.EqualTo(new FileInfo(theirs).Length));
    }

    [Test]
    public void QEMU_finds_random_images_sound_and_reads_the_same() => Gen.Select(ImageConfig.Gen, ImageOperation.Gen.Array[1, 60]).Sample(course =>
    {
        (ImageConfig config, ImageOperation[] operations) = course;
        string image = Path.Combine(_folder, "a.qcow2");
        string raw = Path.Combine(_folder, "a.raw");
        File.WriteAllBytes(image, []);
        File.WriteAllBytes(Path.Combine(_folder, "backing"), config.NewBacking());
        var model = new DiskModel(config);
        RealFileHost.Run(async host =>
        {
            await host.CreateAsync(image, config.Size, config.Apply);
            BlockBackend backend = await host.OpenAsync(image, o => config.Apply(o) with { Backing = Backing(config) });
            foreach (ImageOperation operation in operations)
            {
                await model.ApplyAsync(backend, operation);
            }

            await backend.RemoveAsync();
        });
        if (config.BackingSectors > 0)
        {
            OracleTools.Succeed("qemu-img", "rebase", "-u", "-f", "qcow2", "-b", Path.Combine(_folder, "backing"), "-F", "raw", image);
        }

        OracleTools.Succeed("qemu-img", "check", "-f", "qcow2", image);
        OracleTools.Succeed("qemu-img", "convert", "-f", "qcow2", "-O", "raw", image, raw);
        DiskAssert.Same(File.ReadAllBytes(raw), model.Bytes, 0);
    }, iter: 10, threads: 1);

    [Test]
    public void Images_that_QEMU_wrote_are_read() => Gen.Select(ImageConfig.Gen, ImageOperation.Gen.Array[1, 40]).Sample(course =>
    {
        (ImageConfig config, ImageOperation[] operations) = course;
        string image = Path.Combine(_folder, "a.qcow2");
        string backing = Path.Combine(_folder, "backing");
        string raw = Path.Combine(_folder, "a.raw");
        File.WriteAllBytes(image, []);
        File.WriteAllBytes(backing, config.NewBacking());
        RealFileHost.Run(host => host.CreateAsync(image, config.Size, config.Apply));
        if (config.BackingSectors > 0)
        {
            OracleTools.Succeed("qemu-img", "rebase", "-u", "-f", "qcow2", "-b", backing, "-F", "raw", image);
        }

        string[] commands = [.. operations.Select(o => Command(o, config)).Where(c => c is not null).SelectMany(c => new[] { "-c", c! })];
        OracleTools.Run("qemu-io", ["-d", "unmap", "-f", "qcow2", .. commands, image]);
        if (OracleTools.Run("qemu-img", "check", "-f", "qcow2", image).ExitCode != 0)
        {
            // QEMU 7.2 lets compressed data share a cluster that was freed and has become another cluster's data.
            return;
        }

        OracleTools.Succeed("qemu-img", "convert", "-f", "qcow2", "-O", "raw", image, raw);
        byte[] expected = File.ReadAllBytes(raw);
        RealFileHost.Run(async host =>
        {
            BlockBackend backend = await host.OpenAsync(image, o => config.Apply(o) with { Backing = Backing(config) });
            await DiskAssert.SameAsync(backend, expected);
            await backend.RemoveAsync();
        });
        OracleTools.Succeed("qemu-img", "check", "-f", "qcow2", image);
    }, iter: 10, threads: 1);

    [Test]
    public void QEMU_knows_bitmaps_that_were_stored_here_and_the_other_way_round()
    {
        string image = Path.Combine(_folder, "a.qcow2");
        File.WriteAllBytes(image, []);
        RealFileHost.Run(async host =>
        {
            await host.CreateAsync(image, 64 << 20, o => o);
            BlockBackend backend = await host.OpenAsync(image);
            DirtyBitmap bitmap = backend.Node.Bitmaps.Create("ours", 65536);
            bitmap.IsPersistent = true;
            await backend.WriteAsync(0, new byte[1 << 20]);
            await backend.RemoveAsync();
        });
        OracleTools.Succeed("qemu-img", "check", "-f", "qcow2", image);
        Assert.That(Info(image), Does.Contain("name: ours").And.Contain("granularity: 65536").And.Contain("auto"));

        OracleTools.Succeed("qemu-img", "bitmap", "--add", "-g", "512", "-f", "qcow2", image, "theirs");
        OracleTools.Succeed("qemu-img", "bitmap", "--merge", "ours", "-f", "qcow2", image, "theirs");
        OracleTools.Succeed("qemu-io", "-f", "qcow2", "-c", "write 32M 64k", image);
        RealFileHost.Run(async host =>
        {
            BlockBackend backend = await host.OpenAsync(image);
            Assert.That(backend.Node.Bitmaps.Get("ours").Count, Is.EqualTo((1 << 20) + 65536));
            Assert.That(backend.Node.Bitmaps.Get("theirs").Count, Is.EqualTo((1 << 20) + 65536));
            await backend.RemoveAsync();
        });
        OracleTools.Succeed("qemu-img", "check", "-f", "qcow2", image);
    }

    private static string? Command(ImageOperation operation, ImageConfig config)
    {
        (long offset, long length) = operation.Place(config.Size, 1 << config.ClusterBits);
        return operation.Kind switch
        {
            OperationKind.Write => $"write -P {1 + (operation.Seed % 255)} {offset} {length}",
            OperationKind.Zero => $"write -z {(operation.Seed % 2 == 0 ? "-u " : "")}{offset} {length}",
            OperationKind.Discard => $"discard {offset} {length}",
            OperationKind.Compress => $"write -c -P 7 {offset & -(1L << config.ClusterBits)} {1 << config.ClusterBits}",
            OperationKind.Flush => "flush",
            _ => null,
        };
    }

    private BlockdevRefOrNull Backing(ImageConfig config) => config.BackingSectors > 0
        ? Qcow2Host.BackingRef(Path.Combine(_folder, "backing"))
        : new BlockdevRefOrNull.Null();

    private string Info(string image)
        => OracleTools.Succeed("qemu-img", "info", "-f", "qcow2", image)
            .Replace(image, "IMAGE", StringComparison.Ordinal)
            .Split('\n').Where(line => !line.StartsWith("disk size", StringComparison.Ordinal)).Aggregate("", (text, line) => text + line + '\n');

    private string Map(string image) => OracleTools.Succeed("qemu-img", "map", "-f", "qcow2", image).Replace(image, "IMAGE", StringComparison.Ordinal);
}
