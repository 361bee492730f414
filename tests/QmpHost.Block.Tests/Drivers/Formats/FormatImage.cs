using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Drivers.Qcow2;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Formats;

/// <summary>A way to make an image of a format, for tests that do the same with all of them.</summary>
internal sealed record FormatImage(string Name, BlockdevDriver Driver, Func<BlockdevRef, long, IBlockdevCreateOptionsBranch> Options)
{
    public static readonly FormatImage[] All =
    [
        new("vdi", BlockdevDriver.Vdi, static (file, size) => new BlockdevCreateOptionsVdi { File = file, Size = (ulong)size }),
        new("vdi static", BlockdevDriver.Vdi, static (file, size) => new BlockdevCreateOptionsVdi
        {
            File = file, Size = (ulong)size, Preallocation = PreallocMode.Metadata,
        }),
        new("vpc", BlockdevDriver.Vpc, static (file, size) => new BlockdevCreateOptionsVpc { File = file, Size = (ulong)size, ForceSize = true }),
        new("vpc fixed", BlockdevDriver.Vpc, static (file, size) => new BlockdevCreateOptionsVpc
        {
            File = file, Size = (ulong)size, ForceSize = true, Subformat = BlockdevVpcSubformat.Fixed,
        }),
        new("vmdk", BlockdevDriver.Vmdk, static (file, size) => new BlockdevCreateOptionsVmdk { File = file, Size = (ulong)size }),
        new("vmdk with zeroes", BlockdevDriver.Vmdk, static (file, size) => new BlockdevCreateOptionsVmdk
        {
            File = file, Size = (ulong)size, ZeroedGrain = true,
        }),
        new("vhdx", BlockdevDriver.Vhdx, static (file, size) => new BlockdevCreateOptionsVhdx { File = file, Size = (ulong)size, BlockSize = 1 << 20 }),
        new("vhdx fixed", BlockdevDriver.Vhdx, static (file, size) => new BlockdevCreateOptionsVhdx
        {
            File = file, Size = (ulong)size, Subformat = BlockdevVhdxSubformat.Fixed, BlockStateZero = false,
        }),
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;

    public async Task CreateAsync(BlockGraph graph, string path, long size)
    {
        await File.WriteAllBytesAsync(path, []);
        var options = BlockdevCreateOptions.Of(Driver, Options(Qcow2Host.FileRef(path), size));
        await graph.Drivers.Find(Driver)!.CreateImage!(graph, options, CancellationToken.None);
    }

    public async Task<BlockBackend> OpenAsync(BlockGraph graph, string path)
    {
        IBlockdevOptionsBranch branch = graph.Drivers.Find(Driver)!.MakeBranch!(Qcow2Host.FileRef(path));
        BlockNode node = await graph.OpenAsync(BlockdevOptions.Of(Driver, branch, nodeName: "n"));
        var backend = new BlockBackend(graph, "test", BlockPermissions.ConsistentRead | BlockPermissions.Write, BlockPermissions.All);
        backend.Insert(node);
        await graph.UnrefAsync(node);
        return backend;
    }
}
