namespace QmpHost.Qapi;

/// <summary>What a host does in some releases and not in others, beyond what the schema tells; <see cref="BehaviourTable"/> says in which.</summary>
public enum Behaviour
{
    /// <summary>A copy-before-write filter shows two bitmaps of its snapshot interface.</summary>
    SnapshotBitmapsOnFilter,

    /// <summary>The bitmap of what is still to be copied is on the copy-before-write filter, not on the disk above which it stands.</summary>
    CopyBitmapOnFilter,

    /// <summary>Writable NBD exports may be used by several clients at a time.</summary>
    MultiConnForWriters,

    /// <summary>A file has details of its own in the description of its image.</summary>
    FileTellsAboutItself,

    /// <summary>The warning about a target of unknown block size says that the size in use may have been chosen.</summary>
    CopyUnitMayBeChosen,

    /// <summary>A backup flushes its source when it ends.</summary>
    BackupFlushesSource,

    /// <summary>The option <c>-mon</c> is deprecated, with a warning.</summary>
    MonIsDeprecated,

    /// <summary>The option <c>-chardev</c> knows the key <c>input-path</c>.</summary>
    ChardevInputPath,

    /// <summary>What an inactive node refuses says that it is inactive, not that it is read-only.</summary>
    InactiveNodesSaySo,

    /// <summary>Making and removing an edge of the graph drains every node, so that all jobs pause for a moment.</summary>
    GraphChangesDrainAll,

    /// <summary>Nodes that lose their last user close within the drained section that took it from them.</summary>
    ClosesWithinChange,

    /// <summary>What is reported while a command runs begins with the program's name.</summary>
    ReportsNameTheProgram,

    /// <summary>blockdev-backup, blockdev-mirror, blockdev-set-active and some others drain every node before they do anything.</summary>
    CommandsDrainAllFirst,

    /// <summary>A transaction is checked for properties that an action does not know before its first action is carried out.</summary>
    TransactionsCheckedFirst,

    /// <summary>Of several exports that all have to go the newest goes first.</summary>
    NewestExportGoesFirst,

    /// <summary>The containers at the root of the object tree are there from the start.</summary>
    RootContainersFromStart,

    /// <summary>The root of the object tree has a container for audio backends.</summary>
    RootHasAudioBackends,

    /// <summary>An option that is a size and negative is told with its value.</summary>
    NegativeSizesAreNamed,

    /// <summary>A configuration file of blkdebug that cannot be read is named.</summary>
    BlkdebugNamesItsFile,

    /// <summary>query-chardev names the unix socket that a device has gone to.</summary>
    UnixPeersAreNamed,

    /// <summary>block_resize names the job that keeps a node from being resized.</summary>
    ResizeNamesItsBlocker,

    /// <summary>That a persistent bitmap cannot be added to a node which is read-only or inactive is said so.</summary>
    BitmapsNeedWritableNodes,

    /// <summary>The bitmap of a mirror is listed on its filter, and as one that does not record.</summary>
    MirrorBitmapOnFilter,

    /// <summary>Nodes take over the alignment of discards from what is below them.</summary>
    DiscardAlignmentIsInherited,

    /// <summary>Secrets and credentials have a property that says whether they are loaded.</summary>
    ObjectsTellOfLoading,

    /// <summary>object-del tells why an object of some kinds cannot go.</summary>
    ObjectsTellWhyTheyStay,

    /// <summary>Monitors are in the tree of objects, and can be added as objects.</summary>
    MonitorsAreObjects,

    /// <summary>The storage daemon has objects of type tls-cipher-suites.</summary>
    CipherSuitesInDaemon,

    /// <summary>A character device can gather several others.</summary>
    CharacterDeviceHubs,

    /// <summary>Sockets know the time to connect again in milliseconds only.</summary>
    ReconnectIsInMilliseconds,

    /// <summary>I/O threads have a property "poll-weight".</summary>
    IoThreadsHavePollWeight,

    /// <summary>The filter of a stream that is over keeps its child as long as the job is listed.</summary>
    StreamFilterKeepsChild,

    /// <summary>Exports have one rule for the sizes of their blocks, and one message.</summary>
    BlockSizesOfExportsAreOneRule,

    /// <summary>A front end may ask for more of a disk's configuration than there is.</summary>
    VhostUserConfigurationsArePadded,

    /// <summary>An exported virtio disk tells of no sizes that it likes.</summary>
    VhostUserDisksLikeNoSizes,

    /// <summary>There are the drivers of the library for the kernel's queues and virtio disks.</summary>
    DriversOfBlkio,

    /// <summary>Some errors of arguments say what is allowed.</summary>
    ArgumentErrorsExplain,

    /// <summary>The time at which a password expires is read before anything else is looked at.</summary>
    PasswordTimesAreRead,

    /// <summary>That there is no VNC display is said so.</summary>
    VncPasswordNeedsDisplay,

    /// <summary>COLO is built in.</summary>
    ColoIsBuilt,

    /// <summary>Memory of enclaves is looked for in the host.</summary>
    EnclavesNeedTheirDevice,

    /// <summary>What a board does not have is named where it is asked for.</summary>
    MissingPartsAreNamed,

    /// <summary>The report of the translator begins with its settings.</summary>
    TranslatorTellsSettings,

    /// <summary>The report of the translator tells of its chains and of a profiler.</summary>
    TranslatorTellsProfile,

    /// <summary>A list of virtio devices that would be empty is an error.</summary>
    VirtioListNeedsDevices,

    /// <summary>The address of a migration is read before the migration begins.</summary>
    MigrationAddressIsReadFirst,

    /// <summary>What does not go together with multifd, and the levels of compression, are checked.</summary>
    MigrationChecksCompression,

    /// <summary>Numbers of a migration that are out of range are called options, by the names that QMP has for them.</summary>
    MigrationOptionsAreNamed,

    /// <summary>COLO needs a return path.</summary>
    ColoNeedsReturnPath,

    /// <summary>The error of dumpdtb has another article.</summary>
    DeviceTreeTakesAn,

    /// <summary>Dumps for Windows need a note of the guest.</summary>
    WindowsDumpsNeedNote,

    /// <summary>The time in which the rate of writes is measured counts in milliseconds.</summary>
    DirtyRateInMilliseconds,

    /// <summary>The kinds of character devices are listed in another order.</summary>
    CharacterDevicesInNewOrder,

    /// <summary>Objects that encrypt for guests can be throttled, and have statistics.</summary>
    CryptoDevicesAreMeasured,

    /// <summary>The ACPI tables report the state of processors too.</summary>
    AcpiTellsProcessors,

    /// <summary>Blocks of memory are listed with their addresses in the process and with who may write to them.</summary>
    MemoryBlocksTellAddresses,

    /// <summary>The refusal to pause a migration names a second state in which it could be paused.</summary>
    PauseCoversRecovery,

    /// <summary>The rate of writes to memory is also measured by a bitmap, whatever runs the guest's code.</summary>
    DirtyRateByBitmap,

    /// <summary>The south bridge of the older board owns its IDE channels and power management, and boards count their devices otherwise.</summary>
    SouthBridgeOwnsParts,

    /// <summary>A mouse that cannot be chosen is an error.</summary>
    WrongMiceAreErrors,

    /// <summary>The timer of a board interrupts once whenever the machine is reset.</summary>
    TimerInterruptsOnReset,

    /// <summary>The human monitor tells of crypto devices and of Xen's events.</summary>
    MonitorTellsCryptoAndXen,

    /// <summary>The human monitor turns blocks of one instruction on and off.</summary>
    MonitorStepsByBlock,

    /// <summary>The human monitor does the same under an older name.</summary>
    MonitorSinglesteps,

    /// <summary>The human monitor tells where time is spent.</summary>
    MonitorTellsProfile,

    /// <summary>The human monitor tells of connections over RDMA.</summary>
    MonitorTellsRdma,

    /// <summary>The human monitor tells how often instructions were translated.</summary>
    MonitorTellsOpcounts,

    /// <summary>The human monitor tells of accelerators, the log of the firmware and another platform's chip, and clears its screen.</summary>
    MonitorTellsAccelerators,

    /// <summary>The human monitor knows registers by the names that debuggers use.</summary>
    MonitorReadsLikeDebuggers,

    /// <summary>A machine check for all processors is refused where they do not support it.</summary>
    MachineChecksKnowTheirProcessor,

    /// <summary>The human monitor's errors about PCI Express and about sound are worded as those of other commands.</summary>
    MonitorErrorsBeginSmall,

    /// <summary>Recording sound from the monitor is deprecated.</summary>
    SoundIsCapturedReluctantly,

    /// <summary>The log has some more kinds of entries.</summary>
    LogHasMoreItems,

    /// <summary>The statistics of a balloon tell of reclaimed memory too.</summary>
    BalloonsTellOfReclaims,

    /// <summary>Values that a device is added with have the types of its properties.</summary>
    DevicesKeepTypes,

    /// <summary>What is no device is told to be none, hot-pluggable or not.</summary>
    WhatIsNoDeviceIsTold,

    /// <summary>NBD's messages may have headers with lengths of 64 bits, on both sides.</summary>
    NbdExtendedHeaders,

    /// <summary>A commit of the active layer that does not reach its end leaves its base as read-only as it was.</summary>
    EndedCommitRestoresBase,

    /// <summary>A device that is given its place must have an id that is an identifier.</summary>
    DevicePlacesCheckNames,

    /// <summary>Files that hold memory may be longer than it, and errors tell by how much they are too short.</summary>
    MemoryFilesTellTheirRoom,

    /// <summary>All ways to give a tap network are checked together.</summary>
    TapsShareChecks,

    /// <summary>Streams of networks may be told in seconds, too, when to connect again.</summary>
    StreamsCountSeconds,
}
