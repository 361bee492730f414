using QmpHost.Block.Graph;
using QmpHost.Nbd.Exports;
using QmpHost.Qapi.Schema;

namespace QmpHost.Nbd.Client;

/// <summary>nbd: the export of an NBD server.</summary>
/// <param name="objects">The host's objects, for TLS credentials.</param>
public sealed class NbdDriverDescriptor(INbdObjects objects) : BlockDriverDescriptor
{
    /// <inheritdoc/>
    public override BlockdevDriver Driver => BlockdevDriver.Nbd;

    /// <inheritdoc/>
    public override string Name => "nbd";

    /// <inheritdoc/>
    public override bool IsProtocol => true;

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new NbdDriver(this, objects);
}
