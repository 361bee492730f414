using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Takes the place of the file driver: filenames are names of disks in memory.</summary>
internal sealed class MemoryDriverDescriptor : BlockDriverDescriptor
{
    public Dictionary<string, MemoryDisk> Disks { get; } = [];

    public override BlockdevDriver Driver => BlockdevDriver.File;

    public override string Name => "file";

    public override bool IsProtocol => true;

    public override BlockdevOptions ParseFilename(string filename)
        => new() { Driver = BlockdevDriver.File, Branch = new BlockdevOptionsFile { Filename = filename } };

    public override BlockDriver CreateInstance() => new MemoryDriver(this);
}
