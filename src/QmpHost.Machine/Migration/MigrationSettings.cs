using System.Numerics;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Migration;

/// <summary>What migrations are told to do, and the numbers that govern them. Used on the host's event loop only.</summary>
/// <param name="profile">The release that the host behaves like.</param>
public sealed class MigrationSettings(VersionProfile profile)
{
    private const ulong TargetPageSize = 4096;
    private const int MegaByte = 1 << 20;

    private HashSet<MigrationCapability> _enabled = [];

    /// <summary>The numbers.</summary>
    public MigrationParameters Parameters { get; private set; } = new()
    {
        AnnounceInitial = 50,
        AnnounceMax = 550,
        AnnounceRounds = 5,
        AnnounceStep = 100,
        CompressLevel = 1,
        CompressThreads = 8,
        CompressWaitThread = true,
        DecompressThreads = 2,
        ThrottleTriggerThreshold = 50,
        CpuThrottleInitial = 20,
        CpuThrottleIncrement = 10,
        CpuThrottleTailslow = false,
        TlsCreds = NoText,
        TlsHostname = NoText,
        TlsAuthz = NoText,
        MaxBandwidth = 128 * MegaByte,
        DowntimeLimit = 300,
        XCheckpointDelay = 20000,
        BlockIncremental = false,
        MultifdChannels = 2,
        XbzrleCacheSize = 64 * MegaByte,
        MaxPostcopyBandwidth = 0,
        MaxCpuThrottle = 99,
        MultifdCompression = MultiFDCompression.None,
        MultifdZlibLevel = 1,
        MultifdZstdLevel = 1,
        AvailSwitchoverBandwidth = 0,
        MultifdQatzipLevel = 1,
        XVcpuDirtyLimitPeriod = 1000,
        VcpuDirtyLimit = 1,
        Mode = MigMode.Normal,
        ZeroPageDetection = ZeroPageDetection.Multifd,
        DirectIo = false,
        XRdmaChunkSize = MegaByte,
        CprExecCommand = [],
    };

    private bool KeepsLevels => profile.Has(Behaviour.MigrationChecksCompression);

    private static StrOrNull.Str NoText => new(string.Empty);

    /// <summary>Whether migrations are told to do something.</summary>
    /// <param name="capability">What.</param>
    public bool Has(MigrationCapability capability) => _enabled.Contains(capability);

    /// <summary>migrate-set-capabilities.</summary>
    /// <param name="capabilities">What is to be done, or no longer.</param>
    /// <exception cref="QmpException">Two of them do not fit together; nothing has changed.</exception>
    public void Set(IEnumerable<MigrationCapabilityStatus> capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        var wanted = new HashSet<MigrationCapability>(_enabled);
        foreach (MigrationCapabilityStatus status in capabilities)
        {
            _ = status.State ? wanted.Add(status.Capability) : wanted.Remove(status.Capability);
        }

        CheckPostcopy(wanted);
        CheckColo(wanted);
        CheckBackgroundSnapshot(wanted);
        QmpException.ThrowIf(
            wanted.Contains(MigrationCapability.ZeroCopySend)
                && (!wanted.Contains(MigrationCapability.Multifd) || wanted.Contains(MigrationCapability.Compress) || wanted.Contains(MigrationCapability.Xbzrle)
                    || Parameters.MultifdCompression != MultiFDCompression.None || Parameters.TlsCreds is StrOrNull.Str { Value.Length: > 0 }),
            "Zero copy only available for non-compressed non-TLS multifd migration");
        QmpException.ThrowIf(wanted.Contains(MigrationCapability.PostcopyPreempt) && !wanted.Contains(MigrationCapability.PostcopyRam), "Postcopy preempt requires postcopy-ram");
        QmpException.ThrowIf(wanted.Contains(MigrationCapability.PostcopyPreempt) && wanted.Contains(MigrationCapability.Compress), "Postcopy preempt not compatible with compress");
        CheckNewer(wanted);
        _enabled = wanted;
    }

    /// <summary>migrate-set-parameters.</summary>
    /// <param name="change">The numbers that change.</param>
    /// <exception cref="QmpException">One of them is out of its range; nothing has changed.</exception>
    public void Set(MigrateSetParameters change)
    {
        ArgumentNullException.ThrowIfNull(change);
        CheckRanges(change);
        if (change.BlockBitmapMapping is { } mapping)
        {
            BitmapMapping.Check(mapping);
        }

        Parameters = Parameters with
        {
            AnnounceInitial = change.AnnounceInitial ?? Parameters.AnnounceInitial,
            AnnounceMax = change.AnnounceMax ?? Parameters.AnnounceMax,
            AnnounceRounds = change.AnnounceRounds ?? Parameters.AnnounceRounds,
            AnnounceStep = change.AnnounceStep ?? Parameters.AnnounceStep,
            CompressLevel = change.CompressLevel ?? Parameters.CompressLevel,
            CompressThreads = change.CompressThreads ?? Parameters.CompressThreads,
            CompressWaitThread = change.CompressWaitThread ?? Parameters.CompressWaitThread,
            DecompressThreads = change.DecompressThreads ?? Parameters.DecompressThreads,
            ThrottleTriggerThreshold = change.ThrottleTriggerThreshold ?? Parameters.ThrottleTriggerThreshold,
            CpuThrottleInitial = change.CpuThrottleInitial ?? Parameters.CpuThrottleInitial,
            CpuThrottleIncrement = change.CpuThrottleIncrement ?? Parameters.CpuThrottleIncrement,
            CpuThrottleTailslow = change.CpuThrottleTailslow ?? Parameters.CpuThrottleTailslow,
            TlsCreds = TextOf(change.TlsCreds, Parameters.TlsCreds),
            TlsHostname = TextOf(change.TlsHostname, Parameters.TlsHostname),
            TlsAuthz = TextOf(change.TlsAuthz, Parameters.TlsAuthz),
            MaxBandwidth = change.MaxBandwidth ?? Parameters.MaxBandwidth,
            DowntimeLimit = change.DowntimeLimit ?? Parameters.DowntimeLimit,
            XCheckpointDelay = change.XCheckpointDelay ?? Parameters.XCheckpointDelay,
            BlockIncremental = change.BlockIncremental ?? Parameters.BlockIncremental,
            MultifdChannels = change.MultifdChannels ?? Parameters.MultifdChannels,
            XbzrleCacheSize = change.XbzrleCacheSize ?? Parameters.XbzrleCacheSize,
            MaxPostcopyBandwidth = change.MaxPostcopyBandwidth ?? Parameters.MaxPostcopyBandwidth,
            MaxCpuThrottle = change.MaxCpuThrottle ?? Parameters.MaxCpuThrottle,
            MultifdCompression = change.MultifdCompression ?? Parameters.MultifdCompression,
            // The first releases that have them take levels and forget them.
            MultifdZlibLevel = KeepsLevels ? change.MultifdZlibLevel ?? Parameters.MultifdZlibLevel : Parameters.MultifdZlibLevel,
            MultifdZstdLevel = KeepsLevels ? change.MultifdZstdLevel ?? Parameters.MultifdZstdLevel : Parameters.MultifdZstdLevel,
            BlockBitmapMapping = change.BlockBitmapMapping ?? Parameters.BlockBitmapMapping,
            AvailSwitchoverBandwidth = change.AvailSwitchoverBandwidth ?? Parameters.AvailSwitchoverBandwidth,
            MultifdQatzipLevel = change.MultifdQatzipLevel ?? Parameters.MultifdQatzipLevel,
            XVcpuDirtyLimitPeriod = change.XVcpuDirtyLimitPeriod ?? Parameters.XVcpuDirtyLimitPeriod,
            VcpuDirtyLimit = change.VcpuDirtyLimit ?? Parameters.VcpuDirtyLimit,
            Mode = change.Mode ?? Parameters.Mode,
            ZeroPageDetection = change.ZeroPageDetection ?? Parameters.ZeroPageDetection,
            DirectIo = change.DirectIo ?? Parameters.DirectIo,
            XRdmaChunkSize = change.XRdmaChunkSize ?? Parameters.XRdmaChunkSize,
            CprExecCommand = change.CprExecCommand ?? Parameters.CprExecCommand,
        };
    }

    private static void CheckPostcopy(HashSet<MigrationCapability> wanted)
        => QmpException.ThrowIf(
            wanted.Contains(MigrationCapability.PostcopyRam) && wanted.Contains(MigrationCapability.XIgnoreShared),
            "Postcopy is not compatible with ignore-shared");

    private void CheckColo(HashSet<MigrationCapability> wanted)
        => QmpException.ThrowIf(
            profile.Has(Behaviour.ColoNeedsReturnPath) && wanted.Contains(MigrationCapability.XColo) && !wanted.Contains(MigrationCapability.ReturnPath),
            "Capability 'x-colo' requires capability 'return-path'");

    // What later releases check, in their order.
    private void CheckNewer(HashSet<MigrationCapability> wanted)
    {
        QmpException.ThrowIf(
            profile.Has(Behaviour.MigrationChecksCompression) && wanted.Contains(MigrationCapability.Multifd) && wanted.Contains(MigrationCapability.Xbzrle),
            "Multifd is not compatible with xbzrle");
        QmpException.ThrowIf(
            wanted.Contains(MigrationCapability.SwitchoverAck) && !wanted.Contains(MigrationCapability.ReturnPath),
            "Capability 'switchover-ack' requires capability 'return-path'");
        if (wanted.Contains(MigrationCapability.DirtyLimit))
        {
            throw new QmpException(wanted.Contains(MigrationCapability.AutoConverge)
                ? "dirty-limit conflicts with auto-converge either of then available currently"
                : "dirty-limit requires KVM with accelerator property 'dirty-ring-size' set");
        }

        if (wanted.Contains(MigrationCapability.MappedRam))
        {
            QmpException.ThrowIf(wanted.Contains(MigrationCapability.Xbzrle), "Mapped-ram migration is incompatible with xbzrle");
            QmpException.ThrowIf(wanted.Contains(MigrationCapability.PostcopyRam), "Mapped-ram migration is incompatible with postcopy");
        }
    }

    // What cannot be together with a snapshot in the background, in the order in which it is looked for.
    private static void CheckBackgroundSnapshot(HashSet<MigrationCapability> wanted)
    {
        MigrationCapability[] excluded =
        [
            MigrationCapability.PostcopyRam, MigrationCapability.DirtyBitmaps, MigrationCapability.PostcopyBlocktime, MigrationCapability.LateBlockActivate,
            MigrationCapability.ReturnPath, MigrationCapability.Multifd, MigrationCapability.PauseBeforeSwitchover, MigrationCapability.AutoConverge,
            MigrationCapability.ReleaseRam, MigrationCapability.RdmaPinAll, MigrationCapability.Compress, MigrationCapability.Xbzrle,
            MigrationCapability.XColo, MigrationCapability.ValidateUuid, MigrationCapability.ZeroCopySend,
        ];
        if (wanted.Contains(MigrationCapability.BackgroundSnapshot) && Array.Find(excluded, wanted.Contains) is var other && wanted.Contains(other))
        {
            throw new QmpException($"Background-snapshot is not compatible with {other.ToWire()}");
        }
    }

    private void CheckRanges(MigrateSetParameters change)
    {
        CheckThrottling(change);
        CheckStreams(change);
        CheckAnnouncements(change);
        CheckDirtyLimit(change);
    }

    private void CheckThrottling(MigrateSetParameters change)
    {
        Require(change.CompressLevel is null or <= 9, "compress_level", "a value between 0 and 9");
        Require(change.CompressThreads is null or >= 1, "compress_threads", "a value between 1 and 255");
        Require(change.DecompressThreads is null or >= 1, "decompress_threads", "a value between 1 and 255");
        Require(change.ThrottleTriggerThreshold is null or (>= 1 and <= 100), "throttle_trigger_threshold", "an integer in the range of 1 to 100");
        Require(change.CpuThrottleInitial is null or (>= 1 and <= 99), "cpu_throttle_initial", "an integer in the range of 1 to 99");
        Require(change.CpuThrottleIncrement is null or (>= 1 and <= 99), "cpu_throttle_increment", "an integer in the range of 1 to 99");
        Require(change.DowntimeLimit is null or <= 2_000_000, "downtime_limit", "an integer in the range of 0 to (2000 * 1000) ms");
    }

    private void CheckStreams(MigrateSetParameters change)
    {
        Require(change.MultifdChannels is null or >= 1, "multifd_channels", "a value between 1 and 255");
        if (profile.Has(Behaviour.MigrationChecksCompression))
        {
            Require(change.MultifdZlibLevel is null or <= 9, "multifd_zlib_level", "a value between 0 and 9");
            Require(change.MultifdQatzipLevel is null or (>= 1 and <= 9), "multifd_qatzip_level", "a value between 1 and 9");
            Require(change.MultifdZstdLevel is null or <= 20, "multifd_zstd_level", "a value between 0 and 20");
        }

        Require(
            change.XbzrleCacheSize is not { } cache || (cache >= TargetPageSize && BitOperations.IsPow2(cache)),
            "xbzrle_cache_size",
            "a power of two no less than the target page size");
        byte initial = change.CpuThrottleInitial ?? Parameters.CpuThrottleInitial!.Value;
        Require(change.MaxCpuThrottle is not { } most || (most >= initial && most <= 99), "max_cpu_throttle", $"an integer in the range of {Name("cpu_throttle_initial")} to 99");
    }

    private void CheckAnnouncements(MigrateSetParameters change)
    {
        Require(change.AnnounceInitial is null or <= 100_000, "announce_initial", "a value between 0 and 100000");
        Require(change.AnnounceMax is null or <= 100_000, "announce_max", "a value between 0 and 100000");
        Require(change.AnnounceRounds is null or <= 1000, "announce_rounds", "a value between 0 and 1000");
        Require(change.AnnounceStep is null or (>= 1 and <= 10_000), "announce_step", "a value between 0 and 10000");
    }

    private void CheckDirtyLimit(MigrateSetParameters change)
    {
        Require(change.XVcpuDirtyLimitPeriod is null or (>= 1 and <= 1000), "x-vcpu-dirty-limit-period", "a value between 1 and 1000");
        QmpException.ThrowIf(change.VcpuDirtyLimit < 1, $"Parameter '{Name("vcpu_dirty_limit")}' must be greater than 1 MB/s");
        QmpException.ThrowIf(
            change.XRdmaChunkSize is { } chunk && (chunk is < MegaByte or > MegaByte * 1024UL || !BitOperations.IsPow2(chunk)),
            "Option x_rdma_chunk_size expects a power of 2 in the range 1MiB to 1024MiB");
    }

    private void Require(bool holds, string name, string expected) => QmpException.ThrowIf(
        !holds,
        profile.Has(Behaviour.MigrationOptionsAreNamed) ? $"Option {Name(name)} expects {expected}" : $"Parameter '{name}' expects {expected}");

    private string Name(string name) => profile.Has(Behaviour.MigrationOptionsAreNamed) ? name.Replace('_', '-') : name;

    private static StrOrNull? TextOf(StrOrNull? change, StrOrNull? value) => change is null ? value : new StrOrNull.Str((change as StrOrNull.Str)?.Value ?? string.Empty);
}
