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
    /// <param name="profile">The release that the host behaves like.</param>
    public static void Append(StringBuilder text, ImageInfo image, VersionProfile profile)
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
        if (((QDict)image.ToObject(profile)).TryGetValue("limits", out QObject? limits))
        {
            text.Append("Block limits:\n");
            FormatSpecificText.Append(text, limits);
        }

        AppendSnapshots(text, image.Snapshots ?? []);
        if (image.FormatSpecific is { } specific && ((QDict)specific.ToObject(profile))["data"] is QDict { Count: > 0 } facts)
        {
            text.Append("Format specific information:\n");
            FormatSpecificText.Append(text, facts);
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
            SnapshotText.AppendHeading(text);
        }

        foreach (SnapshotInfo snapshot in snapshots)
        {
            SnapshotText.Append(text, snapshot.Id, snapshot);
        }
    }
}
