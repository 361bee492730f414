using QmpHost.Block.Jobs;
using QmpHost.Commands.Hosting;
using QmpHost.Commands.Migration;
using QmpHost.Commands.Snapshots;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/migration.json.</summary>
/// <param name="host">The host.</param>
public sealed class MigrationCommandHandler(HostServices host) : IMigrationCommands
{
    private readonly MachineSnapshots _snapshots = new(host);

    /// <inheritdoc/>
    public ValueTask SnapshotSaveAsync(SnapshotSaveArguments arguments, CommandContext context)
        => SnapshotJob.StartAsync(
            host.Layer.Jobs,
            arguments.JobId,
            JobType.SnapshotSave,
            () => _snapshots.SaveAsync(arguments.Tag, new SnapshotScope(arguments.Devices, arguments.Vmstate), overwrite: false));

    /// <inheritdoc/>
    public ValueTask SnapshotLoadAsync(SnapshotLoadArguments arguments, CommandContext context)
        => SnapshotJob.StartAsync(
            host.Layer.Jobs,
            arguments.JobId,
            JobType.SnapshotLoad,
            () => _snapshots.LoadAsync(
                arguments.Tag, new SnapshotScope(arguments.Devices, arguments.Vmstate), text => MigrationChannels.Tell(host, text)));

    /// <inheritdoc/>
    public ValueTask SnapshotDeleteAsync(SnapshotDeleteArguments arguments, CommandContext context)
        => SnapshotJob.StartAsync(
            host.Layer.Jobs,
            arguments.JobId,
            JobType.SnapshotDelete,
            () => _snapshots.DeleteAsync(arguments.Tag, new SnapshotScope(arguments.Devices, null)));

    /// <inheritdoc/>
    public ValueTask<MigrationInfo> QueryMigrateAsync(CommandContext context) => ValueTask.FromResult(host.Migration.Query());

    /// <inheritdoc/>
    public ValueTask MigrateAsync(MigrateArguments arguments, CommandContext context)
    {
        // It goes on behind the answer.
        _ = host.Migration.Start(new MigrationTarget(arguments.Uri, arguments.Channels), context.Session, arguments.Resume == true, arguments.Blk == true || arguments.Inc == true);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask MigrateIncomingAsync(MigrateIncomingArguments arguments, CommandContext context)
    {
        host.Migration.Await(new MigrationTarget(arguments.Uri, arguments.Channels), context.Session, arguments.ExitOnError ?? true);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask MigrateSetCapabilitiesAsync(MigrateSetCapabilitiesArguments arguments, CommandContext context)
    {
        if (host.Migration.IsUnderWay)
        {
            throw new QmpException("There's a migration process in progress");
        }

        host.MigrationSettings.Set(arguments.Capabilities);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MigrationCapabilityStatus>> QueryMigrateCapabilitiesAsync(CommandContext context)
        => ValueTask.FromResult<IReadOnlyList<MigrationCapabilityStatus>>(
            [.. Enum.GetValues<MigrationCapability>().Where(capability => capability.ExistsIn(context.Profile))
                .Select(capability => new MigrationCapabilityStatus { Capability = capability, State = host.MigrationSettings.Has(capability) })]);

    /// <inheritdoc/>
    public ValueTask MigrateSetParametersAsync(MigrateSetParameters arguments, CommandContext context)
    {
        host.MigrationSettings.Set(arguments);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<MigrationParameters> QueryMigrateParametersAsync(CommandContext context) => ValueTask.FromResult(host.MigrationSettings.Parameters);

    /// <inheritdoc/>
    public ValueTask ClientMigrateInfoAsync(ClientMigrateInfoArguments arguments, CommandContext context) => throw (arguments.Protocol == "spice"
        ? new QmpException(QmpErrorClass.DeviceNotActive, "SPICE is not in use")
        : new QmpException("Parameter 'protocol' expects 'spice'"));

    /// <inheritdoc/>
    public ValueTask MigrateStartPostcopyAsync(CommandContext context) => throw new QmpException(host.MigrationSettings.Has(MigrationCapability.PostcopyRam) || host.MigrationSettings.Has(MigrationCapability.DirtyBitmaps)
        ? "Postcopy must be started after migration has been started"
        : "Enable postcopy with migrate_set_capability before the start of migration");

    /// <inheritdoc/>
    public ValueTask XColoLostHeartbeatAsync(CommandContext context) => throw new QmpException(context.Profile.Has(Behaviour.ColoIsBuilt)
        ? "VM is not in COLO mode"
        : "The feature 'colo' is not enabled");

    /// <inheritdoc/>
    public ValueTask MigrateCancelAsync(CommandContext context)
    {
        host.Migration.Cancel();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask MigrateContinueAsync(MigrateContinueArguments arguments, CommandContext context)
    {
        host.Migration.Continue(arguments.State);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask MigrateRecoverAsync(MigrateRecoverArguments arguments, CommandContext context)
        => throw new QmpException("Migrate recover can only be run when postcopy is paused.");

    /// <inheritdoc/>
    public ValueTask MigratePauseAsync(CommandContext context)
        => throw new QmpException(context.Profile.Has(Behaviour.PauseCoversRecovery)
            ? "migrate-pause is currently only supported during postcopy-active or postcopy-recover state"
            : "migrate-pause is currently only supported during postcopy-active state");

    /// <inheritdoc/>
    public ValueTask XenSetGlobalDirtyLogAsync(XenSetGlobalDirtyLogArguments arguments, CommandContext context) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask XenSetReplicationAsync(XenSetReplicationArguments arguments, CommandContext context) => arguments switch
    {
        { Enable: true, Failover: not null } => throw new QmpException("Parameter 'failover' is only for stopping replication"),
        _ => ValueTask.CompletedTask,
    };

    /// <inheritdoc/>
    public ValueTask<ReplicationStatus> QueryXenReplicationStatusAsync(CommandContext context) => ValueTask.FromResult(new ReplicationStatus { Error = false });

    /// <inheritdoc/>
    public ValueTask XenColoDoCheckpointAsync(CommandContext context) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<COLOStatus> QueryColoStatusAsync(CommandContext context)
        => ValueTask.FromResult(new COLOStatus { Mode = COLOMode.None, LastMode = COLOMode.None, Reason = COLOExitReason.None });

    /// <inheritdoc/>
    public ValueTask CalcDirtyRateAsync(CalcDirtyRateArguments arguments, CommandContext context)
    {
        host.DirtyRate.Start(arguments);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<DirtyRateInfo> QueryDirtyRateAsync(QueryDirtyRateArguments arguments, CommandContext context) => ValueTask.FromResult(host.DirtyRate.Query(arguments.CalcTimeUnit ?? TimeUnit.Second));

    /// <inheritdoc/>
    public ValueTask SetVcpuDirtyLimitAsync(SetVcpuDirtyLimitArguments arguments, CommandContext context)
        => throw new QmpException("dirty page limit feature requires KVM with accelerator property 'dirty-ring-size' set'");

    /// <inheritdoc/>
    public ValueTask CancelVcpuDirtyLimitAsync(CancelVcpuDirtyLimitArguments arguments, CommandContext context) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DirtyLimitInfo>> QueryVcpuDirtyLimitAsync(CommandContext context)
        => ValueTask.FromResult<IReadOnlyList<DirtyLimitInfo>>([]);
}
