using QmpHost.Commands.Hosting;
using QmpHost.Commands.Media;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/block.json.</summary>
/// <param name="host">The host.</param>
public sealed class BlockCommandHandler(HostServices host) : IBlockCommands
{
    private readonly RemovableMedia _media = new(host);

    /// <inheritdoc/>
    public ValueTask EjectAsync(EjectArguments arguments, CommandContext context)
        => _media.EjectAsync(DriveReference.Of(arguments.Device, arguments.Id), arguments.Force ?? false);

    /// <inheritdoc/>
    public ValueTask BlockdevOpenTrayAsync(BlockdevOpenTrayArguments arguments, CommandContext context)
    {
        _media.OpenTray(DriveReference.Of(arguments.Device, arguments.Id), arguments.Force ?? false);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask BlockdevCloseTrayAsync(BlockdevCloseTrayArguments arguments, CommandContext context)
    {
        _media.CloseTray(DriveReference.Of(arguments.Device, arguments.Id));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask BlockSetIoThrottleAsync(BlockIOThrottle arguments, CommandContext context)
    {
        DriveLimits.Set(host, arguments);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask BlockLatencyHistogramSetAsync(BlockLatencyHistogramSetArguments arguments, CommandContext context)
    {
        DriveLimits.SetHistograms(host, arguments);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask BlockdevRemoveMediumAsync(BlockdevRemoveMediumArguments arguments, CommandContext context)
        => _media.RemoveAsync(DriveReference.Of(null, arguments.Id));

    /// <inheritdoc/>
    public ValueTask BlockdevInsertMediumAsync(BlockdevInsertMediumArguments arguments, CommandContext context)
        => _media.InsertAsync(DriveReference.Of(null, arguments.Id), arguments.NodeName);

    /// <inheritdoc/>
    public ValueTask BlockdevChangeMediumAsync(BlockdevChangeMediumArguments arguments, CommandContext context)
        => _media.ChangeAsync(
            DriveReference.Of(arguments.Device, arguments.Id),
            arguments.Filename,
            arguments.Format,
            arguments.Force ?? false,
            arguments.ReadOnlyMode ?? BlockdevChangeReadOnlyMode.Retain);
}
