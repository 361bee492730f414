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

    // Opened by its name, QEMU's driver calls itself after one of the three kinds of names that it has.
    /// <inheritdoc/>
    public override string ProtocolName => "nbd+unix";

    /// <inheritdoc/>
    public override bool HasProtocol(string protocol) => NbdFilenameParser.HasProtocol(protocol);

    /// <inheritdoc/>
    public override BlockdevOptions ParseFilename(string filename)
        => new() { Driver = Driver, Branch = NbdFilenameParser.Parse(filename) };

    /// <inheritdoc/>
    public override bool IsSaidByFilename(string name) => name is "host" or "port" or "path" or "export" or "server";

    /// <inheritdoc/>
    public override BlockDriver CreateInstance() => new NbdDriver(this, objects);
}
