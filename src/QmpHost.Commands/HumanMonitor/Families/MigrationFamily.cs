using System.Globalization;
using System.Text;
using QmpHost.Commands.Migration;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>The way of a machine to another process, its arrival from one, and what governs them.</summary>
internal static class MigrationFamily
{
    private const int Kilo = 1024;
    private const string Text = "string";

    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand(
            "migrate",
            "[-d] [-b] [-i] [-r] uri",
            "migrate to URI (using -d to not wait for completion)\n\t\t\t -b for migration without shared storage with full copy of disk\n\t\t\t"
            + " -i for migration without shared storage with incremental copy of disk (base image shared between src and destination)\n\t\t\t"
            + " -r to resume a paused migration",
            Migrate),
        new DelegateCommand("migrate_cancel", "cancel the current VM migration", static c => Handler(c).MigrateCancelAsync(c.ForQmp)),
        new DelegateCommand("migrate_continue", "state", "Continue migration from the given paused state", Continue),
        new DelegateCommand(
            "migrate_incoming", "uri", "Continue an incoming migration from an -incoming defer",
            static (c, a) => Handler(c).MigrateIncomingAsync(new MigrateIncomingArguments { Uri = a.TakeOnlyString(Text) }, c.ForQmp)),
        new DelegateCommand("migrate_pause", "Pause an ongoing migration (postcopy-only)", static c => Handler(c).MigratePauseAsync(c.ForQmp)),
        new DelegateCommand(
            "migrate_recover", "uri", "Continue a paused incoming postcopy migration",
            static (c, a) => Handler(c).MigrateRecoverAsync(new MigrateRecoverArguments { Uri = a.TakeOnlyString(Text) }, c.ForQmp)),
        new DelegateCommand("migrate_set_capability", "capability state", "Enable/Disable the usage of a capability for migration", SetCapability),
        new DelegateCommand("migrate_set_parameter", "parameter value", "Set the parameter for migration", SetParameter),
        new DelegateCommand(
            "migrate_start_postcopy",
            "Followup to a migration command to switch the migration to postcopy mode. The postcopy-ram capability must be set on both source and destination before the original migration command .",
            static c => Handler(c).MigrateStartPostcopyAsync(c.ForQmp)),
        new DelegateCommand("info migrate", "", "show migration status", Tell),
        new DelegateCommand("info migrate_capabilities", "", "show current migration capabilities", TellCapabilities),
        new DelegateCommand("info migrate_parameters", "", "show current migration parameters", TellParameters),
    ];

    // The commands are those of the other monitor under another name.
    private static MigrationCommandHandler Handler(HmpContext context) => new(context.Host);

    private static ValueTask Migrate(HmpContext context, HmpArgumentReader arguments)
    {
        bool detach = arguments.TakeFlag('d', "bir");
        bool disks = arguments.TakeFlag('b', "ir"), above = arguments.TakeFlag('i', "r"), resume = arguments.TakeFlag('r');
        string uri = arguments.TakeString(Text);
        arguments.ExpectEnd();
        _ = context.Host.Migration.Start(new MigrationTarget(uri, null), session: null, resume, disks || above);
        if (!detach)
        {
            // A monitor runs one command at a time, and this one would end long after others want theirs.
            context.Reply.Append("terminal does not allow synchronous migration, continuing detached\n");
        }

        return default;
    }

    private static ValueTask Continue(HmpContext context, HmpArgumentReader arguments)
    {
        string text = arguments.TakeString(Text);
        arguments.ExpectEnd();
        return MigrationStatusEnum.TryParse(text, out MigrationStatus status)
            ? Handler(context).MigrateContinueAsync(new MigrateContinueArguments { State = status }, context.ForQmp)
            : throw new QmpException($"invalid parameter value: {text}");
    }

    private static ValueTask SetCapability(HmpContext context, HmpArgumentReader arguments)
    {
        string name = arguments.TakeString(Text);
        string state = arguments.TakeString(Text);
        arguments.ExpectEnd();
        if (state is not ("on" or "off"))
        {
            throw new HmpUsageException("Expected 'on' or 'off'");
        }

        return MigrationCapabilityEnum.TryParse(name, out MigrationCapability capability)
            ? Handler(context).MigrateSetCapabilitiesAsync(
                new MigrateSetCapabilitiesArguments { Capabilities = [new MigrationCapabilityStatus { Capability = capability, State = state == "on" }] }, context.ForQmp)
            : throw new QmpException($"invalid parameter value: {name}");
    }

    // The value is read as the command of the other monitor reads it, but from a text.
    private static ValueTask SetParameter(HmpContext context, HmpArgumentReader arguments)
    {
        string name = arguments.TakeString(Text);
        string text = arguments.TakeString(Text);
        arguments.ExpectEnd();
        if (name == "block-bitmap-mapping")
        {
            throw new QmpException("The block-bitmap-mapping parameter can only be set through QMP");
        }

        var values = new QDict();
        values.Put(name, new QString(IsSize(name) ? Bytes(text).ToString(CultureInfo.InvariantCulture) : text));
        MigrateSetParameters change;
        try
        {
            change = MigrateSetParameters.Visit(new QapiInputVisitor(context.Host.Layer.Profile, InputNotation.Keyval), null, values);
        }
        catch (QmpException e) when (e.Message.EndsWith("is unexpected", StringComparison.Ordinal))
        {
            throw new QmpException($"invalid parameter value: {name}", e);
        }

        return Handler(context).MigrateSetParametersAsync(change, context.ForQmp);
    }

    private static bool IsSize(string name) => name is "max-bandwidth" or "max-postcopy-bandwidth" or "xbzrle-cache-size";

    // A number without a unit counts mebibytes.
    private static long Bytes(string text)
    {
        const int mebi = 20;
        int shift = char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => mebi, 'G' => 30, 'T' => 40, 'B' => 0, _ => -1 };
        string digits = shift < 0 ? text : text[..^1];
        return decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            ? (long)(number * (1L << (shift < 0 ? mebi : shift)))
            : throw new QmpException($"Invalid size {text}");
    }

    private static ValueTask Tell(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        MigrationInfo info = context.Host.Migration.Query();
        StringBuilder reply = context.Reply;
        reply.Append("globals:\nstore-global-state: on\nonly-migratable: off\nsend-configuration: on\nsend-section-footer: on\n")
            .Append("decompress-error-check: on\nclear-bitmap-shift: 18\n");
        if (info.BlockedReasons is { } reasons)
        {
            reply.Append("Outgoing migration blocked:\n");
            foreach (string reason in reasons)
            {
                reply.Append("  ").Append(reason).Append('\n');
            }
        }

        if (info.Status is { } status)
        {
            reply.Append("Migration status: ").Append(status.ToWire());
            if (status == MigrationStatus.Failed && info.ErrorDesc is { } error)
            {
                reply.Append(" (").Append(error).Append(')');
            }

            reply.Append('\n');
        }

        TellNumbers(reply, info);
        return default;
    }

    private static void TellNumbers(StringBuilder reply, MigrationInfo info)
    {
        if (info.Status is not null)
        {
            Line(reply, $"total time: {info.TotalTime ?? 0} ms");
            if (info.ExpectedDowntime is { } expected)
            {
                Line(reply, $"expected downtime: {expected} ms");
            }

            if (info.Downtime is { } downtime)
            {
                Line(reply, $"downtime: {downtime} ms");
            }

            if (info.SetupTime is { } setup)
            {
                Line(reply, $"setup: {setup} ms");
            }
        }

        if (info.Ram is not { } ram)
        {
            return;
        }

        Line(reply, $"transferred ram: {ram.Transferred / Kilo} kbytes");
        Line(reply, $"throughput: {ram.Mbps:0.00} mbps");
        Line(reply, $"remaining ram: {ram.Remaining / Kilo} kbytes");
        Line(reply, $"total ram: {ram.Total / Kilo} kbytes");
        Line(reply, $"duplicate: {ram.Duplicate} pages");
        Line(reply, $"skipped: {ram.Skipped} pages");
        Line(reply, $"normal: {ram.Normal} pages");
        Line(reply, $"normal bytes: {ram.NormalBytes / Kilo} kbytes");
        Line(reply, $"dirty sync count: {ram.DirtySyncCount}");
        Line(reply, $"page size: {ram.PageSize / Kilo} kbytes");
        Line(reply, $"multifd bytes: {ram.MultifdBytes / Kilo} kbytes");
        Line(reply, $"pages-per-second: {ram.PagesPerSecond}");
    }

    private static void Line(StringBuilder reply, FormattableString text) => reply.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static async ValueTask TellCapabilities(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        foreach (MigrationCapabilityStatus status in await Handler(context).QueryMigrateCapabilitiesAsync(context.ForQmp))
        {
            context.Reply.Append(status.Capability.ToWire()).Append(": ").Append(status.State ? "on" : "off").Append('\n');
        }
    }

    private static ValueTask TellParameters(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        MigrationParameters p = context.Host.MigrationSettings.Parameters;
        StringBuilder reply = context.Reply;
        Line(reply, $"announce-initial: {p.AnnounceInitial} ms");
        Line(reply, $"announce-max: {p.AnnounceMax} ms");
        Line(reply, $"announce-rounds: {p.AnnounceRounds}");
        Line(reply, $"announce-step: {p.AnnounceStep} ms");
        Line(reply, $"compress-level: {p.CompressLevel}");
        Line(reply, $"compress-threads: {p.CompressThreads}");
        Line(reply, $"compress-wait-thread: {Switch(p.CompressWaitThread)}");
        Line(reply, $"decompress-threads: {p.DecompressThreads}");
        Line(reply, $"throttle-trigger-threshold: {p.ThrottleTriggerThreshold}");
        Line(reply, $"cpu-throttle-initial: {p.CpuThrottleInitial}");
        Line(reply, $"cpu-throttle-increment: {p.CpuThrottleIncrement}");
        Line(reply, $"cpu-throttle-tailslow: {Switch(p.CpuThrottleTailslow)}");
        Line(reply, $"max-cpu-throttle: {p.MaxCpuThrottle}");
        Line(reply, $"tls-creds: '{TextOf(p.TlsCreds)}'");
        Line(reply, $"tls-hostname: '{TextOf(p.TlsHostname)}'");
        Line(reply, $"max-bandwidth: {p.MaxBandwidth} bytes/second");
        Line(reply, $"downtime-limit: {p.DowntimeLimit} ms");
        Line(reply, $"x-checkpoint-delay: {p.XCheckpointDelay} ms");
        Line(reply, $"block-incremental: {Switch(p.BlockIncremental)}");
        Line(reply, $"multifd-channels: {p.MultifdChannels}");
        Line(reply, $"multifd-compression: {p.MultifdCompression!.Value.ToWire()}");
        Line(reply, $"xbzrle-cache-size: {p.XbzrleCacheSize} bytes");
        Line(reply, $"max-postcopy-bandwidth: {p.MaxPostcopyBandwidth}");
        Line(reply, $"tls-authz: '{TextOf(p.TlsAuthz)}'");
        foreach (BitmapMigrationNodeAlias node in p.BlockBitmapMapping ?? [])
        {
            reply.Append(reply.ToString().Contains("block-bitmap-mapping:\n", StringComparison.Ordinal) ? string.Empty : "block-bitmap-mapping:\n");
            Line(reply, $"  '{node.NodeName}' -> '{node.Alias}'");
            foreach (BitmapMigrationBitmapAlias bitmap in node.Bitmaps)
            {
                Line(reply, $"    '{bitmap.Name}' -> '{bitmap.Alias}'");
            }
        }

        return default;
    }

    private static string Switch(bool? value) => value == true ? "on" : "off";

    private static string? TextOf(StrOrNull? value) => (value as StrOrNull.Str)?.Value;
}
