using CsCheck;
using NUnit.Framework;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Graph.Requests;

public sealed class RequestPathTests
{
    private const int Length = 64 << 10;
    private const int Batches = 12;

    [Test]
    public async Task Requests_of_any_alignment_and_order_leave_what_a_byte_array_would_hold()
        => await Gen.Int[0, int.MaxValue].SampleAsync(CheckAsync, iter: 60, threads: 1);

    // The ranges of one batch do not overlap, but their blocks do: what is read and what remains is certain.
    private static async Task CheckAsync(int seed)
    {
        var random = new Random(seed);
        using var layer = new TestLayer();
        await layer.Run(async () =>
        {
            int alignment = 1 << random.Next(0, 13);
            layer.Graph.Drivers.Register(new MemoryDriverDescriptor
            {
                Seed = seed,
                Length = Length,
                Alignment = alignment,
                MaxTransfer = random.Next(3) == 0 ? Math.Max(alignment, 512) * random.Next(1, 4) : 0,
                SupportsZeroes = random.Next(2) == 0,
            }.Table);
            BlockdevOptions options = MemoryDriverDescriptor.Options(
                detectZeroes: random.Next(3) == 0 ? BlockdevDetectZeroesOptions.Unmap : BlockdevDetectZeroesOptions.Off);
            if (random.Next(2) == 0)
            {
                options = TestLayer.Raw(null, new BlockdevRef.Definition(options), offset: 0, size: Length) with { Discard = BlockdevDiscardOptions.Unmap };
            }

            BlockNode node = await layer.Graph.OpenAsync(options);
            BlockBackend backend = layer.Backend(node, BlockPermissions.ConsistentRead | BlockPermissions.Write);
            DirtyBitmap bitmap = node.Bitmaps.Create("b", 512);
            byte[] model = new byte[Length];
            for (int batch = 0; batch < Batches; batch++)
            {
                bitmap.Clear();
                byte[] before = [.. model];
                await Task.WhenAll(Ranges(random).Select(range => RequestAsync(random, backend, model, range.Offset, range.Bytes)));
                byte[] read = new byte[Length];
                await backend.ReadAsync(0, read);
                Assert.That(read, Is.EqualTo(model), $"seed {seed} batch {batch}");
                AssertMarked(bitmap, before, model);
            }

            await backend.FlushAsync();
            await backend.RemoveAsync();
            await layer.Graph.UnrefAsync(node);
        });
    }

    private static List<(int Offset, int Bytes)> Ranges(Random random)
    {
        List<(int, int)> ranges = [];
        for (int at = random.Next(1000); at < Length;)
        {
            int bytes = Math.Min(random.Next(1, random.Next(2) == 0 ? 300 : 9000), Length - at);
            ranges.Add((at, bytes));
            at += bytes + (random.Next(2) == 0 ? 0 : random.Next(3000));
        }

        return [.. ranges.OrderBy(_ => random.Next())];
    }

    private static async Task RequestAsync(Random random, BlockBackend backend, byte[] model, int offset, int bytes)
    {
        switch (random.Next(6))
        {
            case 0:
                byte[] expected = model.AsSpan(offset, bytes).ToArray();
                byte[] read = new byte[bytes];
                await backend.ReadAsync(offset, read);
                Assert.That(read, Is.EqualTo(expected));
                break;
            case 1:
                RequestFlags flags = random.Next(2) == 0 ? RequestFlags.MayUnmap : RequestFlags.None;
                model.AsSpan(offset, bytes).Clear();
                await backend.WriteZeroesAsync(offset, bytes, flags);
                break;
            case 2:
                model.AsSpan(offset, bytes).Clear();
                await backend.WriteAsync(offset, new byte[bytes], RequestFlags.Fua);
                break;
            case 3:
                // What a discard leaves is its own business, but what lies outside stays as it is.
                await backend.DiscardAsync(offset, bytes);
                byte[] left = new byte[bytes];
                await backend.ReadAsync(offset, left);
                left.CopyTo(model.AsSpan(offset));
                break;
            default:
                byte[] data = new byte[bytes];
                random.NextBytes(data);
                data.CopyTo(model.AsSpan(offset));
                await backend.WriteAsync(offset, data);
                break;
        }
    }

    private static void AssertMarked(DirtyBitmap bitmap, byte[] before, byte[] after)
    {
        for (int at = 0; at < before.Length; at += 512)
        {
            if (!before.AsSpan(at, 512).SequenceEqual(after.AsSpan(at, 512)))
            {
                Assert.That(bitmap.Bits.Get(at), Is.True, $"area at {at} is not marked");
            }
        }
    }
}
