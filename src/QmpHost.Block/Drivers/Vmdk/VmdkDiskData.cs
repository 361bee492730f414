namespace QmpHost.Block.Drivers.Vmdk;

/// <summary>What a descriptor tells a virtual machine about the disk.</summary>
/// <param name="HardwareVersion">The version of virtual hardware.</param>
/// <param name="ToolsVersion">The version of guest tools.</param>
/// <param name="Adapter">The controller.</param>
/// <param name="Cylinders">Cylinders.</param>
/// <param name="Heads">Heads.</param>
internal sealed record VmdkDiskData(string HardwareVersion, string ToolsVersion, string Adapter, long Cylinders, int Heads);
