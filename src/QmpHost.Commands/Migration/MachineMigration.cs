using QmpHost.Block.Graph;
using QmpHost.Commands.Hosting;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Migration;

/// <summary>The migrations of a machine: its way to another process, and its arrival from one.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
/// <param name="host">The host.</param>
public sealed class MachineMigration(HostServices host)
{
    private const long PageSize = 4096;

    // What boards with processors have beside their main memory, and send along: firmware and its tables.
    private const ulong FirmwareMemory = 532480;

    // Formats that keep in memory what another process would have to know.
    private static readonly string[] StayingFormats = ["qcow", "vdi", "vhdx", "vmdk", "vpc", "parallels"];

    private OutgoingMigration? _outgoing;
    private IncomingMigration? _incoming;

    /// <summary>The full name of the board, without "-machine".</summary>
    public string MachineName => MachineFacts.Of(host.Layer.Profile).Find(host.Board)?.Name ?? host.Board;

    /// <summary>The name of the main memory.</summary>
    internal string MemoryName => host.Machine.MemoryBackend ?? MachineFacts.Of(host.Layer.Profile).Find(host.Board)?.DefaultRamId ?? "ram";

    /// <summary>Whether one is under way, out of here.</summary>
    public bool IsUnderWay => _outgoing is { IsUnderWay: true };

    /// <summary>migrate.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="session">The monitor that asked, or null.</param>
    /// <param name="resume">Whether one that was interrupted goes on.</param>
    /// <param name="withDisks">Whether disks are to go along.</param>
    /// <exception cref="QmpException">It cannot begin.</exception>
    /// <returns>A task that ends with the migration.</returns>
    public Task Start(MigrationTarget target, IQmpSession? session, bool resume, bool withDisks = false)
    {
        ArgumentNullException.ThrowIfNull(target);
        MigrationAddress? address = host.Layer.Profile.Has(Behaviour.MigrationAddressIsReadFirst) ? ReadFirst(target) : null;
        CheckStart(resume);
        QmpException.ThrowIf(withDisks || host.MigrationSettings.Has(MigrationCapability.Block), "QEMU compiled without old-style (blk/-b, inc/-i) block migration\nUse drive_mirror+NBD instead.");
        return Begin(new OutgoingMigration(host, address ?? ReadOnTheWay(target))).Start(session);
    }

    private MigrationAddress ReadFirst(MigrationTarget target)
        => target.Read(host.Layer.Profile) ?? throw new QmpException($"unknown migration protocol: {target.Uri}");

    // A migration to an address that is wrong has begun and failed.
    private MigrationAddress ReadOnTheWay(MigrationTarget target)
    {
        var nowhere = new MigrationAddress(MigrationTransport.Socket, string.Empty);
        MigrationAddress? address;
        try
        {
            address = target.Read(host.Layer.Profile);
        }
        catch (QmpException e)
        {
            Begin(new OutgoingMigration(host, nowhere)).Refuse(e.Message);
            throw;
        }

        if (address is null)
        {
            Begin(new OutgoingMigration(host, nowhere)).Refuse(null);
            throw new QmpException("Parameter 'uri' expects a valid migration protocol");
        }

        return address;
    }

    /// <summary>migrate_cancel.</summary>
    public void Cancel() => _outgoing?.Cancel();

    /// <summary>migrate-continue.</summary>
    /// <param name="state">The state that it is in, as the client believes.</param>
    /// <exception cref="QmpException">It is in another.</exception>
    public void Continue(MigrationStatus state)
    {
        MigrationStatus current = _outgoing?.Status ?? MigrationStatus.None;
        if (current != state)
        {
            throw new QmpException($"Migration not in expected state: {current.ToWire()}");
        }

        _outgoing?.Continue();
    }

    /// <summary>migrate-incoming, and option -incoming with an address.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="session">The monitor that asked, or null.</param>
    /// <param name="endsOnFailure">Whether the host ends where the arrival fails.</param>
    /// <exception cref="QmpException">The machine waits for none, or it cannot come from there.</exception>
    public void Await(MigrationTarget source, IQmpSession? session, bool endsOnFailure = true)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!host.Machine.WaitsForMigration)
        {
            throw new QmpException("'-incoming' was not specified on the command line");
        }

        if (_incoming is not null)
        {
            throw new QmpException("The incoming migration has already been started");
        }

        QmpException.ThrowIf(source.Channels is { Count: > 1 }, "Channel list must have only one entry, for type 'main'");
        var incoming = new IncomingMigration(host, endsOnFailure);
        MigrationAddress? address = host.Layer.Profile.Has(Behaviour.MigrationAddressIsReadFirst) ? ReadFirst(source) : null;
        host.Layer.Events.Emit(new MigrationEvent { Status = MigrationStatus.Setup });
        incoming.Start(address ?? ReadFirst(source), session);
        _incoming = incoming;
    }

    /// <summary>Ends what is under way, as the host ends.</summary>
    public void Close()
    {
        _outgoing?.Cancel();
        _incoming?.Close();
    }

    /// <summary>query-migrate.</summary>
    public MigrationInfo Query()
    {
        IReadOnlyList<string> blockers = [.. ListBlockers()];
        MigrationInfo info = _outgoing is null ? new MigrationInfo() : Describe(_outgoing);
        info = info with { BlockedReasons = blockers.Count > 0 ? blockers : null };
        return _incoming is { } incoming
            ? info with
            {
                Status = incoming.Status is MigrationStatus.None or MigrationStatus.Setup ? info.Status : incoming.Status,
                SocketAddress = incoming.Address is { } address && incoming.Status == MigrationStatus.Setup ? [address] : null,
            }
            : info;
    }

    /// <summary>What stands in the way of a migration, as query-migrate and "info migrate" tell it.</summary>
    public IEnumerable<string> ListBlockers()
    {
        foreach (BlockNode node in host.Layer.Graph.OpenNodes)
        {
            if (StayingFormats.Contains(node.Driver.Descriptor.Name))
            {
                yield return $"The {node.Driver.Descriptor.Name} format used by node '{node.NodeName}' does not support live migration";
            }
        }

        foreach (string device in host.Devices?.ListStaying() ?? [])
        {
            yield return $"non-migratable device: {device}";
        }
    }

    /// <summary>Checks that nothing stands in the way of a migration.</summary>
    /// <exception cref="QmpException">Something does.</exception>
    internal void CheckBlockers()
    {
        if (ListBlockers().FirstOrDefault() is { } blocker)
        {
            throw new QmpException(blocker);
        }
    }

    /// <summary>Checks that a state is that of a machine like this one.</summary>
    /// <param name="machine">The full name of its board.</param>
    /// <exception cref="MigrationLoadException">It is of another board.</exception>
    internal void CheckMachine(string machine)
    {
        if (machine != MachineName)
        {
            throw new MigrationLoadException($"Machine type received is '{machine}' and local is '{MachineName}'");
        }
    }

    /// <summary>Checks that a state fits this machine.</summary>
    /// <param name="state">The state.</param>
    /// <exception cref="MigrationLoadException">It does not.</exception>
    internal void CheckState(MachineState state)
    {
        if (state.MemorySize != host.Machine.MemorySize)
        {
            throw new MigrationLoadException($"Size mismatch: {MemoryName}: 0x{state.MemorySize:x} != 0x{host.Machine.MemorySize:x}: Invalid argument", "ram");
        }

        if (state.Uuid is { } uuid && uuid != host.Identity.Uuid)
        {
            throw new MigrationLoadException($"UUID received is {uuid:D} and local is {host.Identity.Uuid:D}");
        }
    }

    /// <summary>Tells clients that asked for it how far a migration is.</summary>
    internal void TellStatus(MigrationStatus status)
    {
        if (host.MigrationSettings.Has(MigrationCapability.Events))
        {
            host.Layer.Events.Emit(new MigrationEvent { Status = status });
        }
    }

    /// <summary>Tells clients that asked for it of a pass over the memory.</summary>
    internal void TellPass(long number)
    {
        if (host.MigrationSettings.Has(MigrationCapability.Events))
        {
            host.Layer.Events.Emit(new MigrationPassEvent { Pass = number });
        }
    }

    private OutgoingMigration Begin(OutgoingMigration migration) => _outgoing = migration;

    private void CheckStart(bool resume)
    {
        QmpException.ThrowIf(resume, "Cannot resume if there is no paused migration");
        QmpException.ThrowIf(IsUnderWay, "There's a migration process in progress");
        QmpException.ThrowIf(host.RunState.State == RunState.Inmigrate, "Guest is waiting for an incoming migration");
        QmpException.ThrowIf(host.RunState.State == RunState.Postmigrate, "Can't migrate the vm that was paused due to previous migration");
        if (host.Devices?.ListStaying().FirstOrDefault() is { } device)
        {
            throw new QmpException($"State blocked by non-migratable device '{device}'");
        }

        CheckBlockers();
    }

    private MigrationInfo Describe(OutgoingMigration migration)
    {
        bool isCompleted = migration.Status == MigrationStatus.Completed;
        bool hasNumbers = isCompleted || migration.Status is MigrationStatus.Active or MigrationStatus.PreSwitchover or MigrationStatus.Device or MigrationStatus.Cancelling;
        return new MigrationInfo
        {
            Status = migration.Status,
            ErrorDesc = migration.Status == MigrationStatus.Failed && migration.Error is { Length: > 0 } error ? error : null,
            SetupTime = hasNumbers ? migration.SetupTime : null,
            TotalTime = hasNumbers ? migration.TotalTime : null,
            Downtime = isCompleted ? migration.DownTime : null,
            ExpectedDowntime = hasNumbers && !isCompleted ? (long)(host.MigrationSettings.Parameters.DowntimeLimit ?? 0) : null,
            Ram = hasNumbers ? Count(migration) : null,
        };
    }

    // Memory that nobody has written is one page of zeroes, many times.
    private MigrationStats Count(OutgoingMigration migration)
    {
        ulong total = host.Machine.MemorySize == 0 ? 0 : host.Machine.MemorySize + FirmwareMemory;
        return new MigrationStats
        {
            Transferred = migration.Sent,
            Remaining = 0,
            Total = (long)total,
            Duplicate = (long)total / PageSize,
            Skipped = 0,
            Normal = 0,
            NormalBytes = 0,
            DirtyPagesRate = 0,
            Mbps = 0,
            DirtySyncCount = migration.Passes,
            PostcopyRequests = 0,
            PageSize = PageSize,
            MultifdBytes = 0,
            PagesPerSecond = 0,
            PrecopyBytes = 0,
            DowntimeBytes = 0,
            PostcopyBytes = 0,
            DirtySyncMissedZeroCopy = 0,
        };
    }
}
