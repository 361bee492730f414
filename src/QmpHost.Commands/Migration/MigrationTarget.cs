using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Migration;

/// <summary>Where a client wants a machine to go to or come from, in one of the two ways in which it can say so.</summary>
/// <param name="Uri">As a text, or null.</param>
/// <param name="Channels">As a list of channels, or null.</param>
public sealed record MigrationTarget(string? Uri, IReadOnlyList<MigrationChannel>? Channels)
{
    /// <summary>Reads the address.</summary>
    /// <param name="profile">The release that the host behaves like.</param>
    /// <exception cref="QmpException">There is none, or more than one, or it is wrong.</exception>
    /// <returns>The address, or null where the scheme of a text is not known.</returns>
    internal MigrationAddress? Read(VersionProfile profile)
    {
        if ((Uri is null) == (Channels is not { Count: > 0 }))
        {
            throw new QmpException("need either 'uri' or 'channels' argument");
        }

        if (Uri is not null)
        {
            return MigrationAddress.TryParse(Uri, profile);
        }

        foreach (IGrouping<MigrationChannelType, MigrationChannel> kind in Channels!.GroupBy(static channel => channel.ChannelType))
        {
            QmpException.ThrowIf(kind.Count() > 1, $"Channel list has more than one {kind.Key.ToWire()} entry");
        }

        // The second channel is used by a mode of migration that is not offered, and QEMU looks at it in that mode only.
        MigrationChannel? main = Channels!.FirstOrDefault(static channel => channel.ChannelType == MigrationChannelType.Main);
        return MigrationAddress.Of((main ?? throw new QmpException("Channel type 'cpr' is not supported")).Addr);
    }
}
