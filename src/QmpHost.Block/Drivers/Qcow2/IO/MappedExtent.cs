using QmpHost.Block.Drivers.Qcow2.Format;

namespace QmpHost.Block.Drivers.Qcow2.IO;

/// <summary>An area of the disk that is mapped in one way.</summary>
/// <param name="Kind">How.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="HostOffset">Where its data is, for kinds that have a host cluster.</param>
/// <param name="Descriptor">The L2 descriptor, for compressed data.</param>
internal readonly record struct MappedExtent(SubclusterKind Kind, long Length, long HostOffset = 0, ulong Descriptor = 0);
