using System.Globalization;
using System.Text;
using QmpHost.Commands.QemuIo;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>Writes what is known of an image, a line for each thing.</summary>
internal static class ImageInfoText
{
    /// <summary>Writes an image, without the one behind it.</summary>
    /// <param name="text">What is written to.</param>
    /// <param name="image">The image.</param>
    public static void Append(StringBuilder text, ImageInfo image)
    {
        string disk = image.ActualSize is { } actual ? HumanSize.Format(actual) : "unavailable";
        text.Append(
            CultureInfo.InvariantCulture,
            $"image: {image.Filename}\nfile format: {image.Format}\nvirtual size: {HumanSize.Format(image.VirtualSize)} ({image.VirtualSize} bytes)\ndisk size: {disk}\n");
        if (image.Encrypted == true)
        {
            text.Append("encrypted: yes\n");
        }

        if (image.ClusterSize is { } clusterSize)
        {
            text.Append(CultureInfo.InvariantCulture, $"cluster_size: {clusterSize}\n");
        }

        if (image.DirtyFlag == true)
        {
            text.Append("cleanly shut down: no\n");
        }

        AppendBacking(text, image);
        AppendSnapshots(text, image.Snapshots ?? []);
        if (image.FormatSpecific is { } specific)
        {
            text.Append("Format specific information:\n");
            FormatSpecificText.Append(text, ((QDict)specific.ToObject(VersionProfile.Default))["data"]);
        }
    }

    private static void AppendBacking(StringBuilder text, ImageInfo image)
    {
        if (image.BackingFilename is not { } name)
        {
            return;
        }

        text.Append("backing file: ").Append(name);
        if (image.FullBackingFilename is { } full && full != name)
        {
            text.Append(" (actual path: ").Append(full).Append(')');
        }

        text.Append('\n');
        if (image.BackingFilenameFormat is { } format)
        {
            text.Append("backing file format: ").Append(format).Append('\n');
        }
    }

    private static void AppendSnapshots(StringBuilder text, IReadOnlyList<SnapshotInfo> snapshots)
    {
        if (snapshots.Count > 0)
        {
            text.Append("Snapshot list:\n");
            AppendRow(text, "ID", "TAG", "VM SIZE", "DATE", "VM CLOCK", "ICOUNT");
        }

        foreach (SnapshotInfo snapshot in snapshots)
        {
            DateTimeOffset date = DateTimeOffset.FromUnixTimeSeconds(snapshot.DateSec).ToLocalTime();
            TimeSpan clock = TimeSpan.FromSeconds(snapshot.VmClockSec);
            AppendRow(
                text,
                snapshot.Id,
                snapshot.Name,
                HumanSize.Format(snapshot.VmStateSize),
                date.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"{(long)clock.TotalHours:00}:{clock.Minutes:00}:{clock.Seconds:00}.{snapshot.VmClockNsec / 1_000_000:000}"),
                snapshot.Icount?.ToString(CultureInfo.InvariantCulture) ?? string.Empty);
        }
    }

    private static void AppendRow(StringBuilder text, string id, string tag, string size, string date, string clock, string icount)
        => text.Append(CultureInfo.InvariantCulture, $"{id,-9} {tag,-16} {size,8}{date,20}{clock,13}{icount,11}\n");
}
