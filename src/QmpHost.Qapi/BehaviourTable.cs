namespace QmpHost.Qapi;

/// <summary>Since when and until when a host behaves in some way: the one place that says so.</summary>
public static class BehaviourTable
{
    /// <summary>All behaviours, in the order of the enum.</summary>
    public static IReadOnlyList<BehaviourEntry> All { get; } =
    [
        new(Behaviour.SnapshotBitmapsOnFilter, new(7, 0), null, "a copy-before-write filter lists the two bitmaps of its snapshot interface", "257") { Concerns = ["copy-before-write", "blockdev-backup"] },
        new(Behaviour.CopyBitmapOnFilter, new(9, 1), null, "the bitmap of what is to be copied is listed on the copy-before-write filter", "257") { Concerns = ["copy-before-write", "blockdev-backup"] },
        new(Behaviour.MultiConnForWriters, new(7, 1), null, "NBD advertises multi-conn for writable exports", "nbd/export-modes") { Concerns = ["block-export-add", "nbd-server-add"] },
        new(Behaviour.FileTellsAboutItself, new(8, 0), null, "the image of a file has format-specific details", "query/nodes of 10.0") { Concerns = ["query-named-block-nodes", "query-block"] },
        new(Behaviour.CopyUnitMayBeChosen, new(9, 2), null, "the warning about targets of unknown block size speaks of a (default) size", "cbw/graph of 10.0"),
        new(Behaviour.BackupFlushesSource, new(10, 0), null, "a backup flushes its source when it ends, which fault injectors see", "257") { Concerns = ["blockdev-backup"] },
        new(Behaviour.MonIsDeprecated, new(11, 1), null, "-mon warns that it is deprecated", "release/new-options"),
        new(Behaviour.ChardevInputPath, new(8, 1), null, "-chardev takes input-path", "--help of 10.0"),
        new(Behaviour.MirrorTellsItsSync, new(8, 2), null, "query-block-jobs tells of a mirror whether it is actively synced", "release/job-change") { Concerns = ["query-block-jobs"] },
        new(Behaviour.InactiveNodesSaySo, new(10, 0), null, "permissions that an inactive node refuses are named", "release/active of 10.0"),
        new(Behaviour.GraphChangesDrainAll, new(10, 0), null, "jobs pause for a moment whenever an edge of the graph is made or removed", "release/graph-drain") { Concerns = ["blockdev-add", "blockdev-del"] },
        new(Behaviour.ClosesWithinChange, new(10, 1), null, "one such pause covers also the nodes that close with the last edge to them", "release/graph-drain") { Concerns = ["blockdev-del"] },
        new(Behaviour.ReportsNameTheProgram, new(11, 0), null, "what is reported while a command runs begins with the program's name", "release/graph-drain-jobs of 11.1"),
        new(Behaviour.CommandsDrainAllFirst, new(10, 1), null, "some commands drain every node before they do anything", "release/graph-drain") { Concerns = ["blockdev-backup", "blockdev-mirror", "blockdev-set-active", "block-export-add", "drive-backup", "blockdev-snapshot-delete-internal-sync", "x-blockdev-set-iothread"] },
        new(Behaviour.TransactionsCheckedFirst, new(8, 1), null, "transaction properties are checked before the first action, with another text", "release/grouped") { Concerns = ["transaction"] },
        new(Behaviour.NewestExportGoesFirst, new(10, 0), null, "of several exports that have to go the newest goes first", "release/export-order") { Concerns = ["nbd-server-stop"] },
        new(Behaviour.RootContainersFromStart, new(10, 0), null, "the containers at the root of the object tree are there from the start", "release/export-order") { Concerns = ["qom-list"] },
        new(Behaviour.RootHasAudioBackends, new(11, 0), null, "the root of the object tree has audiodevs", "release/export-order") { Concerns = ["qom-list"] },
        new(Behaviour.NegativeSizesAreNamed, new(10, 0), null, "a negative size is told with its value", "release/words of 10.0") { Concerns = ["blockdev-add"] },
        new(Behaviour.BlkdebugNamesItsFile, new(11, 0), null, "a blkdebug configuration that cannot be read is named", "release/words of 11.1") { Concerns = ["blkdebug"] },
        new(Behaviour.UnixPeersAreNamed, new(10, 0), null, "the unix socket that a character device has gone to is named", "release/words of 10.0") { Concerns = ["query-chardev"] },
        new(Behaviour.ResizeNamesItsBlocker, new(10, 0), null, "what keeps a node from being resized is named", "release/words of 10.0") { Concerns = ["block_resize"] },
        new(Behaviour.BitmapsNeedWritableNodes, new(11, 0), null, "persistent bitmaps on read-only nodes are refused as such", "release/words of 11.1") { Concerns = ["block-dirty-bitmap-add"] },
        new(Behaviour.MirrorBitmapOnFilter, new(10, 0), null, "the bitmap of a mirror is on its filter", "release/mirror-bitmap") { Concerns = ["blockdev-mirror", "drive-mirror", "block-commit"] },
        new(Behaviour.DiscardAlignmentIsInherited, new(11, 0), null, "the alignment of discards is taken over from below", "release/limits of 11.1") { Concerns = ["query-named-block-nodes"] },
        new(Behaviour.ObjectsTellOfLoading, new(6, 2), new(9, 1), "secrets and TLS credentials have a property \"loaded\"", "object/of-every-kind") { Concerns = ["object-add", "qom-list"] },
        new(Behaviour.ObjectsTellWhyTheyStay, new(11, 1), null, "object-del names the main loop that cannot go", "object/of-every-kind of 11.1") { Concerns = ["object-del"] },
        new(Behaviour.MonitorsAreObjects, new(11, 1), null, "monitors are objects", "object/of-every-kind of 11.1") { Concerns = ["object-add", "object-del", "qom-list"] },
        new(Behaviour.CipherSuitesInDaemon, new(6, 2), new(10, 0), "the storage daemon has objects of type tls-cipher-suites", "object/of-every-kind") { Concerns = ["object-add"] },
        new(Behaviour.CharacterDeviceHubs, new(10, 0), null, "character devices of kind hub gather up to four others", "chardev/hub") { Concerns = ["chardev-add", "query-chardev-backends"] },
        new(Behaviour.ReconnectIsInMilliseconds, new(11, 0), null, "a listening socket refuses reconnect-ms", "chardev/hub of 11.1") { Concerns = ["chardev-add"] },
        new(Behaviour.IoThreadsHavePollWeight, new(11, 1), null, "iothread objects have a poll-weight", "object/of-every-kind of 11.1") { Concerns = ["object-add"] },
        new(Behaviour.StreamFilterKeepsChild, new(10, 0), null, "the filter of a concluded stream is listed with its child", "stream/concluded of 10.0") { Concerns = ["block-stream", "query-named-block-nodes"] },
        new(Behaviour.BlockSizesOfExportsAreOneRule, new(10, 0), null, "a bad block size of an export has one message", "export/vhost-user of 10.0") { Concerns = ["block-export-add"] },
        new(Behaviour.VhostUserConfigurationsArePadded, new(10, 0), null, "the configuration of a vhost-user disk reads as zeroes behind its end", "vhost-user front end on 10.0"),
        new(Behaviour.VhostUserDisksLikeNoSizes, new(11, 0), null, "a vhost-user disk tells no preferred sizes", "vhost-user front end on 11.1"),
        new(Behaviour.DriversOfBlkio, new(10, 0), null, "the drivers io_uring, nvme-io_uring and virtio-blk-* are there", "release/io-uring") { Concerns = ["blockdev-add"] },
        new(Behaviour.ArgumentErrorsExplain, new(10, 0), null, "errors of set_password and dump-guest-memory say which values are allowed", "release/machine-words") { Concerns = ["set_password", "dump-guest-memory"] },
        new(Behaviour.PasswordTimesAreRead, new(10, 0), null, "expire_password refuses a time that is none", "release/machine-words") { Concerns = ["expire_password"] },
        new(Behaviour.VncPasswordNeedsDisplay, new(11, 0), null, "a password for VNC is refused as there is no display", "release/machine-words") { Concerns = ["set_password", "change-vnc-password"] },
        new(Behaviour.ColoIsBuilt, new(10, 0), null, "x-colo-lost-heartbeat says that the machine is not in COLO mode", "release/machine-words") { Concerns = ["x-colo-lost-heartbeat"] },
        new(Behaviour.EnclavesNeedTheirDevice, new(10, 0), null, "query-sgx-capabilities opens the device of the host", "release/machine-words") { Concerns = ["query-sgx-capabilities"] },
        new(Behaviour.MissingPartsAreNamed, new(10, 0), null, "what a board does not provide is named", "release/machine-words") { Concerns = ["inject-nmi", "query-hotpluggable-cpus"] },
        new(Behaviour.TranslatorTellsSettings, new(8, 1), null, "x-query-jit begins with the accelerator's settings", "release/machine-words") { Concerns = ["x-query-jit"] },
        new(Behaviour.TranslatorTellsProfile, new(0, 0), new(11, 0), "x-query-jit tells the length of empty chains and that there is no profiler", "release/machine-words") { Concerns = ["x-query-jit"] },
        new(Behaviour.VirtioListNeedsDevices, new(10, 0), null, "x-query-virtio fails where there are no virtio devices", "release/machine-words") { Concerns = ["x-query-virtio"] },
        new(Behaviour.MigrationAddressIsReadFirst, new(8, 2), null, "a wrong address leaves no failed migration behind", "release/migration-words") { Concerns = ["migrate", "migrate-incoming"] },
        new(Behaviour.MigrationChecksCompression, new(8, 2), null, "multifd excludes xbzrle, and compression levels have bounds", "release/migration-words") { Concerns = ["migrate-set-capabilities", "migrate-set-parameters"] },
        new(Behaviour.MigrationOptionsAreNamed, new(11, 0), null, "migrate-set-parameters speaks of options", "release/migration-words") { Concerns = ["migrate-set-parameters"] },
        new(Behaviour.ColoNeedsReturnPath, new(11, 0), null, "x-colo without return-path is refused", "release/migration-words") { Concerns = ["migrate-set-capabilities"] },
        new(Behaviour.DeviceTreeTakesAn, new(10, 0), null, "dumpdtb speaks of \"an FDT\"", "release/machine-words") { Concerns = ["dumpdtb"] },
        new(Behaviour.WindowsDumpsNeedNote, new(11, 0), null, "win-dmp is offered only where the guest has left a note", "release/machine-words") { Concerns = ["dump-guest-memory", "query-dump-guest-memory-capability"] },
        new(Behaviour.DirtyRateInMilliseconds, new(8, 2), null, "calc-dirty-rate takes 50 ms to a minute, in either unit", "release/machine-words") { Concerns = ["calc-dirty-rate", "query-dirty-rate"] },
        new(Behaviour.CharacterDevicesInNewOrder, new(11, 0), null, "query-chardev-backends of the system emulator lists in another order", "release/machine-words") { Concerns = ["query-chardev-backends"] },
        new(Behaviour.CryptoDevicesAreMeasured, new(8, 0), null, "cryptodev objects have throttle-bps and throttle-ops, and query-stats tells of them", "object/machine-kinds of 10.0") { Concerns = ["object-add", "query-stats", "query-stats-schemas"] },
        new(Behaviour.AcpiTellsProcessors, new(11, 0), null, "query-acpi-ospm-status lists the places of processors", "release/machine-words of 11.1") { Concerns = ["query-acpi-ospm-status"] },
        new(Behaviour.MemoryBlocksTellAddresses, new(10, 0), null, "x-query-ramblock tells where a block is in the process and whether it is read-only", "release/machine-words") { Concerns = ["x-query-ramblock"] },
        new(Behaviour.PauseCoversRecovery, new(10, 0), null, "migrate-pause speaks of recovery too", "release/machine-words") { Concerns = ["migrate-pause"] },
        new(Behaviour.DirtyRateByBitmap, new(8, 2), null, "calc-dirty-rate measures by dirty-bitmap, and refuses dirty-ring with another text", "release/dirty-rate") { Concerns = ["calc-dirty-rate"] },
        new(Behaviour.SouthBridgeOwnsParts, new(10, 0), null, "the IDE channels and power management of the board pc are inside its south bridge", "machine/board-tree of 10.0") { Concerns = ["qom-list", "qom-get"] },
        new(Behaviour.WrongMiceAreErrors, new(10, 0), null, "the monitor's mouse_set reports what it cannot choose as an error", "machine/input of 10.0"),
        new(Behaviour.TimerInterruptsOnReset, new(0, 0), new(10, 0), "x-query-irq counts an interrupt of the timer for each reset", "machine/interrupts") { Concerns = ["x-query-irq"] },
    ];

    /// <summary>The entry of a behaviour.</summary>
    /// <param name="behaviour">The behaviour.</param>
    /// <returns>The entry.</returns>
    public static BehaviourEntry Of(Behaviour behaviour) => All[(int)behaviour];
}
