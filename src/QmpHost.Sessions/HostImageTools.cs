using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace QmpHost.Sessions;

/// <summary>
/// The same services by the host itself, for machines without QEMU's tools: a second host of the target creates the
/// image, writes it with <c>human-monitor-command qemu-io</c>, and copies it out to a raw file with a backup job.
/// </summary>
public sealed class HostImageTools : IImageTools
{
    private readonly ISessionTarget _target;

    /// <summary>Creates the tools over hosts of <paramref name="target"/>.</summary>
    public HostImageTools(ISessionTarget target)
    {
        _target = target;
    }

    /// <inheritdoc/>
    public async ValueTask CreateAsync(ImageSpec image, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(image);
        RawImages.Create(image.Path, image.Format == "raw" ? image.Size : 0);
        if (image.Format == "raw")
        {
            return;
        }

        await using HostImageSession host = await HostImageSession.StartAsync(_target, cancellationToken);
        await host.AddFileAsync("file", image.Path, cancellationToken);
        var options = new JsonObject { ["driver"] = image.Format, ["file"] = "file", ["size"] = image.Size };
        foreach ((string name, string value) in image.Options)
        {
            options[name] = ToJson(name, value);
        }

        await host.ExecuteAsync("blockdev-create", new JsonObject { ["job-id"] = "create", ["options"] = options }, cancellationToken);
        await host.FinishJobAsync("create", cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(
        string format, string path, byte pattern, long offset, long length, CancellationToken cancellationToken)
    {
        if (format == "raw")
        {
            RawImages.Write(path, pattern, offset, length);
            return;
        }

        await using HostImageSession host = await HostImageSession.StartAsync(_target, cancellationToken);
        await host.AddImageAsync("image", new ImageChain(format, path), readOnly: false, cancellationToken);
        string command = string.Create(CultureInfo.InvariantCulture, $"qemu-io image \"write -q -P {pattern} {offset} {length}\"");
        await host.ExecuteAsync("human-monitor-command", new JsonObject { ["command-line"] = command }, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> CompareAsync(ImageChain first, ImageChain second, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        string left = await ExtractAsync(first, cancellationToken);
        string right = await ExtractAsync(second, cancellationToken);
        try
        {
            return RawImages.AreEqual(left, right);
        }
        finally
        {
            File.Delete(left);
            File.Delete(right);
        }
    }

    private static JsonNode ToJson(string name, string value)
    {
        if (name.EndsWith("size", StringComparison.Ordinal) || name.EndsWith("bits", StringComparison.Ordinal))
        {
            return ByteSize.Parse(value, 0);
        }

        return value is "on" or "off" ? (JsonNode)(value == "on") : value;
    }

    private async ValueTask<string> ExtractAsync(ImageChain image, CancellationToken cancellationToken)
    {
        string copy = image.Path + ".extracted";
        await using HostImageSession host = await HostImageSession.StartAsync(_target, cancellationToken);
        await host.AddImageAsync("image", image, readOnly: true, cancellationToken);
        RawImages.Create(copy, await host.SizeAsync("image", cancellationToken));
        await host.AddFileAsync("copy", copy, cancellationToken);
        await host.ExecuteAsync(
            "blockdev-backup",
            new JsonObject { ["job-id"] = "copy-job", ["device"] = "image", ["target"] = "copy", ["sync"] = "full", ["auto-dismiss"] = false },
            cancellationToken);
        await host.FinishJobAsync("copy-job", cancellationToken);
        return copy;
    }
}
