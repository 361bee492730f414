using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Drivers.Qcow2.Checking;
using QmpHost.Block.Graph;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Images of every kind behave like an array of bytes, and are sound after every course of requests.</summary>
public sealed class ImagePropertyTests
{
    private static readonly Gen<(ImageConfig Config, ImageOperation[] Operations, int Seed)> Course =
        Gen.Select(ImageConfig.Gen, ImageOperation.Gen.Array[1, 60], Gen.Int[0, 1 << 20]);

    [Test]
    public void Requests_one_after_another_match_the_model() => Course.Sample(
        course => Qcow2Host.Run(host => PlayAsync(host, course.Config, course.Operations)), iter: 150, threads: 1);

    [Test]
    public void Requests_side_by_side_match_the_model() => Course.Sample(
        course => Qcow2Host.Run(host => PlaySideBySideAsync(host, course.Config, course.Operations, course.Seed)), iter: 150, threads: 1);

    private static async Task PlayAsync(Qcow2Host host, ImageConfig config, ImageOperation[] operations)
    {
        DiskModel model = await CreateAsync(host, config);
        BlockBackend backend = await host.OpenAsync("a", more: config.Apply);
        for (int i = 0; i < operations.Length; i++)
        {
            await model.ApplyAsync(backend, operations[i]);
            if (operations[i].Seed % 16 == 0)
            {
                await DiskAssert.SameAsync(backend, model.Bytes);
                await backend.RemoveAsync();
                backend = await host.OpenAsync("a", more: config.Apply);
            }
        }

        await FinishAsync(host, config, backend, model);
    }

    // The disk is divided among courses that run at the same time, with I/O that takes random turns.
    private static async Task PlaySideBySideAsync(Qcow2Host host, ImageConfig config, ImageOperation[] operations, int seed)
    {
        const int Lanes = 4;
        DiskModel model = await CreateAsync(host, config);
        var random = new Random(seed);
        host.Disks["a"].Interfere = async _ =>
        {
            for (int i = random.Next(4); i > 0; i--)
            {
                await host.Loop.YieldAsync();
            }
        };
        BlockBackend backend = await host.OpenAsync("a", more: config.Apply);
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(async lane =>
        {
            foreach (ImageOperation operation in operations.Where((_, i) => i % Lanes == lane))
            {
                await ApplyInLaneAsync(model, backend, config, operation, lane, Lanes);
            }
        }));
        await FinishAsync(host, config, backend, model);
    }

    private static async Task ApplyInLaneAsync(
        DiskModel model, BlockBackend backend, ImageConfig config, ImageOperation operation, int lane, int lanes)
    {
        // Lanes meet within clusters: their borders are not aligned.
        int start = (int)((long)model.Bytes.Length * lane / lanes);
        int end = (int)((long)model.Bytes.Length * (lane + 1) / lanes);
        (long offset, long length) = operation.Place(end - start, 1 << config.ClusterBits);
        offset += start;
        byte[] data = operation.NewData((int)length);
        switch (operation.Kind)
        {
            case OperationKind.Write:
                model.Write(offset, data);
                await backend.WriteAsync(offset, data);
                break;
            case OperationKind.Zero:
                model.Zero(offset, length);
                await backend.WriteZeroesAsync(offset, length, operation.Seed % 2 == 0 ? RequestFlags.MayUnmap : RequestFlags.None);
                break;
            case OperationKind.Discard when offset + length < model.Bytes.Length:
                model.Discard(offset, length);
                await backend.Child.DiscardAsync(offset, length);
                break;
            case OperationKind.Flush:
                await backend.FlushAsync();
                break;
            default:
                await backend.ReadAsync(offset, data);
                DiskAssert.Same(data, model.Bytes.AsSpan((int)offset, (int)length), offset);
                break;
        }
    }

    private static async Task<DiskModel> CreateAsync(Qcow2Host host, ImageConfig config)
    {
        host.Disks["backing"] = new MemoryDisk(config.NewBacking());
        await host.CreateAsync("a", config.Size, config.Apply);
        return new DiskModel(config);
    }

    private static async Task FinishAsync(Qcow2Host host, ImageConfig config, BlockBackend backend, DiskModel model)
    {
        await DiskAssert.SameAsync(backend, model.Bytes);
        await backend.RemoveAsync();
        host.Disks["a"].Interfere = null;
        CheckReport report = await host.CheckAsync("a");
        Assert.That(report.Messages, Is.Empty);
        backend = await host.OpenAsync("a", readOnly: true, config.Apply);
        await DiskAssert.SameAsync(backend, model.Bytes);
        await backend.RemoveAsync();
    }
}
