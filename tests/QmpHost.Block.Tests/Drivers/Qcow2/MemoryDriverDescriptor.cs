using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Takes the place of the file driver: filenames are names of disks in memory.</summary>
internal sealed class MemoryDriverDescriptor
{
    public Dictionary<string, MemoryDisk> Disks { get; } = [];

    public BlockDriverDescriptor Table => new()
    {
        Name = "file",
        SchemaValue = BlockdevDriver.File,
        Make = table => new MemoryDriver(table, this),
        IsProtocol = true,
        FilenameParser = static (_, filename) => new BlockdevOptionsFile { Filename = filename },
    };
}
