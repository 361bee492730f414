using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>How fast a guest writes to memory, and how long threads wait for each other.</summary>
internal static class MeasurementFamily
{
    private const string Rule = "-------------------------------------------------------------------------------";

    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("calc_dirty_rate", "[-r] [-b] second [sample_pages_per_GB]", "measure how fast the guest writes to memory", StartAsync),
        new DelegateCommand("set_vcpu_dirty_limit", "dirty_rate [cpu_index]", "set how fast processors may write to memory", LimitAsync),
        new DelegateCommand("cancel_vcpu_dirty_limit", "[cpu_index]", "let processors write to memory as fast as they can", CancelAsync),
        new DelegateCommand("info dirty_rate", "how fast the guest writes to memory", TellRate),
        new DelegateCommand("info dump", "how far a dump of the memory has come", static c =>
        {
            c.Reply.Append($"Status: {c.Host.DumpStatus.ToWire()}\n");
            return default;
        }),
        new DelegateCommand("sync-profile", "[on|off|reset]", "profile the locks of threads", Profile),
        new DelegateCommand("info sync-profile", "[-m] [-n] [max]", "what the profile of locks says", TellProfile),
    ];

    private static MigrationCommandHandler Handler(HmpContext context) => new(context.Host);

    private static async ValueTask StartAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool byRing = arguments.TakeFlag('r', "b"), byBitmap = arguments.TakeFlag('b');
        long seconds = arguments.TakeNumber();
        long? pages = arguments.TakeLastNumber();
        if (seconds == 0)
        {
            context.Reply.Append("Incorrect period length specified!\n");
            return;
        }

        if (byRing && byBitmap)
        {
            context.Reply.Append("Either dirty ring or dirty bitmap can be specified!\n");
            return;
        }

        await Handler(context).CalcDirtyRateAsync(
            new CalcDirtyRateArguments
            {
                CalcTime = seconds,
                SamplePages = pages,
                Mode = byRing ? DirtyRateMeasureMode.DirtyRing : byBitmap ? DirtyRateMeasureMode.DirtyBitmap : DirtyRateMeasureMode.PageSampling,
            },
            context.ForQmp);
        context.Reply.Append(
            CultureInfo.InvariantCulture,
            $"Starting dirty rate measurement with period {seconds} seconds\n[Please use 'info dirty_rate' to check results]\n");
    }

    private static async ValueTask LimitAsync(HmpContext context, HmpArgumentReader arguments)
    {
        long rate = arguments.TakeNumber();
        long? index = arguments.TakeLastNumber();
        await Handler(context).SetVcpuDirtyLimitAsync(new SetVcpuDirtyLimitArguments { DirtyRate = (ulong)rate, CpuIndex = index }, context.ForQmp);
    }

    private static async ValueTask CancelAsync(HmpContext context, HmpArgumentReader arguments)
    {
        long? index = arguments.TakeLastNumber();
        await Handler(context).CancelVcpuDirtyLimitAsync(new CancelVcpuDirtyLimitArguments { CpuIndex = index }, context.ForQmp);
        context.Reply.Append("[Please use 'info vcpu_dirty_limit' to query dirty limit for virtual CPU]\n");
    }

    private static ValueTask TellRate(HmpContext context)
    {
        DirtyRateInfo info = context.Host.DirtyRate.Query(TimeUnit.Second);
        context.Reply.Append(
            CultureInfo.InvariantCulture,
            $"Status: {info.Status.ToWire()}\nStart Time: {info.StartTime} (ms)\nSample Pages: {info.SamplePages} (per GB)\nPeriod: {info.CalcTime} (sec)\nMode: {info.Mode.ToWire()}\n");
        string rate = info.DirtyRate is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known} (MB/s)") : "(not ready)";
        context.Reply.Append("Dirty rate: ").Append(rate).Append('\n');
        return default;
    }

    // The locks of this host are not QEMU's: none is ever waited for.
    private static ValueTask Profile(HmpContext context, HmpArgumentReader arguments)
    {
        string? wanted = arguments.TakeOptionalString("string");
        arguments.ExpectEnd();
        switch (wanted)
        {
            case null:
                context.Reply.Append($"sync-profile is {(context.Host.ProfilesLocks ? "on" : "off")}\n");
                break;
            case "on" or "off":
                context.Host.ProfilesLocks = wanted == "on";
                break;
            case "reset":
                break;
            default:
                throw new QmpException($"Invalid parameter '{wanted}'");
        }

        return default;
    }

    private static ValueTask TellProfile(HmpContext context, HmpArgumentReader arguments)
    {
        _ = arguments.TakeFlag('m', "n");
        _ = arguments.TakeFlag('n');
        _ = arguments.TakeLastNumber();
        context.Reply.Append("Type               Object  Call site  Wait Time (s)         Count  Average (us)\n").Append(Rule).Append('\n').Append(Rule).Append('\n');
        return default;
    }
}
