using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph.Filenames;

/// <summary>
/// What becomes of the backing file's name in an image header when options define the backing node in place. They count
/// alone only where they name a file for their "file" child; otherwise the name goes, as one more option, to the lowest
/// node of the definition, and hardly any takes it.
/// </summary>
internal static class NamedBacking
{
    /// <summary>Checks that a definition and a name go together.</summary>
    /// <param name="definition">The definition in the options.</param>
    /// <param name="filename">The name in the image header.</param>
    /// <exception cref="QmpException">They do not.</exception>
    public static void Check(BlockdevOptions definition, string filename)
    {
        if (definition.Driver != BlockdevDriver.Blkdebug && PrimaryOf(definition) is BlockdevRef.Definition { Value.Branch: BlockdevOptionsFile })
        {
            return;
        }

        CheckLowest(definition, filename);
    }

    private static void CheckLowest(BlockdevOptions definition, string filename)
    {
        if (PrimaryOf(definition) is { } child)
        {
            CheckLowest(
                (child as BlockdevRef.Definition)?.Value ?? throw new QmpException("Cannot reference an existing block device with additional options or a new filename"),
                filename);
            return;
        }

        switch (definition.Branch)
        {
            case BlockdevOptionsFile:
                throw new QmpException("Can't specify 'file' and 'filename' options at the same time");
            case BlockdevOptionsNull or null when filename != $"{definition.Driver.ToWire()}://":
                throw new QmpException($"The only allowed filename for this driver is '{definition.Driver.ToWire()}://'");
            case BlockdevOptionsNbd nbd:
                throw new QmpException($"Option '{AddressOption(nbd.Server.Type)}' cannot be used with a file name");
            default:
                break;
        }
    }

    private static BlockdevRef? PrimaryOf(BlockdevOptions definition) => definition.Branch switch
    {
        BlockdevOptionsQcow2 qcow2 => qcow2.File,
        BlockdevOptionsRaw raw => raw.File,
        BlockdevOptionsThrottle throttle => throttle.File,
        BlockdevOptionsCbw filter => filter.File,
        BlockdevOptionsBlkdebug blkdebug => blkdebug.Image,
        BlockdevOptionsGenericFormat format => format.File,
        _ => null,
    };

    private static string AddressOption(SocketAddressType type) => type switch
    {
        SocketAddressType.Unix => "server.path",
        SocketAddressType.Fd => "server.str",
        _ => "server.port",
    };
}
