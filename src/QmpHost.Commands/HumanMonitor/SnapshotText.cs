using System.Globalization;
using System.Text;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>Writes snapshots as a table.</summary>
internal static class SnapshotText
{
    /// <summary>Writes the line above the snapshots.</summary>
    /// <param name="text">What is written to.</param>
    public static void AppendHeading(StringBuilder text) => AppendRow(text, "ID", "TAG", "VM SIZE", "DATE", "VM CLOCK", "ICOUNT");

    /// <summary>Writes a snapshot.</summary>
    /// <param name="text">What is written to.</param>
    /// <param name="id">The id that is shown: those of several disks differ.</param>
    /// <param name="snapshot">The snapshot.</param>
    public static void Append(StringBuilder text, string id, SnapshotInfo snapshot)
    {
        DateTimeOffset date = DateTimeOffset.FromUnixTimeSeconds(snapshot.DateSec).ToLocalTime();
        TimeSpan clock = TimeSpan.FromSeconds(snapshot.VmClockSec);
        AppendRow(
            text,
            id,
            snapshot.Name,
            HumanSize.Format(snapshot.VmStateSize),
            date.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"{(long)clock.TotalHours:00}:{clock.Minutes:00}:{clock.Seconds:00}.{snapshot.VmClockNsec / 1_000_000:000}"),
            snapshot.Icount?.ToString(CultureInfo.InvariantCulture) ?? string.Empty);
    }

    private static void AppendRow(StringBuilder text, string id, string tag, string size, string date, string clock, string icount)
        => text.Append(CultureInfo.InvariantCulture, $"{id,-9} {tag,-16} {size,8}{date,20}{clock,13}{icount,11}\n");
}
