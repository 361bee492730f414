using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Vpc;

/// <summary>Makes VHD images.</summary>
internal static class VhdCreator
{
    private const ulong MaxSectors = 0xff000000;

    public static async ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptionsVpc options)
    {
        await using ImageTarget target = await ImageTarget.OpenAsync(graph, options.File);
        bool keepsSize = options.ForceSize ?? false;
        VhdGeometry geometry = ChooseGeometry(options.Size, keepsSize);
        bool isFixed = options.Subformat == BlockdevVpcSubformat.Fixed;
        VhdFooter footer = VhdFooter.Lay((long)options.Size, geometry, isFixed, keepsSize, graph.Context.Clock.GetUtcNow());
        if (isFixed)
        {
            await target.Child.TruncateAsync((long)options.Size + VhdFooter.Size);
            await target.WriteAsync((long)options.Size, footer.Bytes);
        }
        else
        {
            await WriteDynamicAsync(target, footer, (long)options.Size);
        }
    }

    // The length is one that the geometry gives, unless it counts by itself.
    private static VhdGeometry ChooseGeometry(ulong size, bool keepsSize)
    {
        if (size / VhdDriver.SectorSize > MaxSectors)
        {
            throw new QmpException("Disk size is too large, max size is 2040 GiB");
        }

        long sectors = (long)(size / VhdDriver.SectorSize);
        VhdGeometry geometry = keepsSize ? VhdGeometry.Largest : VhdGeometry.Covering(sectors);
        long represented = geometry == VhdGeometry.Largest ? sectors : geometry.Sectors;
        return (ulong)represented * VhdDriver.SectorSize == size
            ? geometry
            : throw new QmpException("The requested image size cannot be represented in CHS geometry");
    }

    private static async ValueTask WriteDynamicAsync(ImageTarget target, VhdFooter footer, long size)
    {
        int blocks = (int)((size + VhdDynamicHeader.StandardBlockSize - 1) / VhdDynamicHeader.StandardBlockSize);
        const int TableOffset = VhdFooter.Size + VhdDynamicHeader.Size;
        byte[] table = new byte[Alignment.Up(blocks * (long)sizeof(uint), VhdDriver.SectorSize)];
        table.AsSpan().Fill(byte.MaxValue);
        await target.WriteAsync(0, footer.Bytes);
        await target.WriteAsync(TableOffset + table.Length, footer.Bytes);
        await target.WriteAsync(TableOffset, table);
        await target.WriteAsync(VhdFooter.Size, new VhdDynamicHeader(TableOffset, blocks, VhdDynamicHeader.StandardBlockSize).ToBytes());
    }
}
