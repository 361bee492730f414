using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Drivers.Qcow2;

namespace QmpHost.Block.Tests.Drivers.Formats;

/// <summary>Whatever is written to an image is read from it, before and after it is closed; QEMU reads the same.</summary>
public sealed class FormatPropertyTests
{
    private const int Sectors = 12 << 11;
    private const int SectorSize = 512;

    // A write: the first sector, how many follow, the byte, and whether it is one of zeroes.
    private static readonly Gen<(int Start, int Count, byte Value, bool Zeroes)[]> Course =
        Gen.Select(Gen.Int[0, Sectors - 1], Gen.Int[1, 5000], Gen.Byte[1, 255], Gen.Bool).Array[1, 12];

    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("qmphost-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [TestCaseSource(typeof(FormatImage), nameof(FormatImage.All))]
    public void What_is_written_is_read(object format)
        => Course.Sample(course => Run((FormatImage)format, course, (_, _) => { }), iter: 6, threads: 1);

    [TestCaseSource(typeof(FormatImage), nameof(FormatImage.All))]
    [Category("Oracle")]
    public void QEMU_reads_the_same(object format)
    {
        OracleTools.Require();
        Course.Sample(
            course => Run((FormatImage)format, course, (path, model) =>
            {
                string flat = Path.Combine(_folder, "flat");
                File.WriteAllBytes(flat, model);
                string name = ((FormatImage)format).Name.Split(' ')[0];
                OracleTools.Succeed("qemu-img", "compare", "-f", "raw", "-F", name, flat, path);
            }),
            iter: 3,
            threads: 1);
    }

    private void Run(FormatImage format, (int Start, int Count, byte Value, bool Zeroes)[] course, Action<string, byte[]> judge)
    {
        string path = Path.Combine(_folder, "image");
        byte[] model = new byte[Sectors * SectorSize];
        RealFileHost.Run(async host =>
        {
            await format.CreateAsync(host.Graph, path, model.Length);
            BlockBackend backend = await format.OpenAsync(host.Graph, path);
            foreach ((int Start, int Count, byte Value, bool Zeroes) step in course)
            {
                await WriteAsync(backend, model, step);
            }

            await CompareAsync(backend, model);
            await backend.RemoveAsync();
            backend = await format.OpenAsync(host.Graph, path);
            await CompareAsync(backend, model);
            await backend.RemoveAsync();
        });
        judge(path, model);
    }

    private static async ValueTask WriteAsync(BlockBackend backend, byte[] model, (int Start, int Count, byte Value, bool Zeroes) step)
    {
        int offset = step.Start * SectorSize;
        int length = Math.Min(step.Count * SectorSize, model.Length - offset);
        Memory<byte> area = model.AsMemory(offset, length);
        area.Span.Fill(step.Zeroes ? (byte)0 : step.Value);
        await (step.Zeroes ? backend.WriteZeroesAsync(offset, length) : backend.WriteAsync(offset, area));
    }

    private static async ValueTask CompareAsync(BlockBackend backend, byte[] model)
    {
        byte[] read = new byte[model.Length];
        await backend.ReadAsync(0, read);
        DiskAssert.Same(read, model, 0);
    }
}
