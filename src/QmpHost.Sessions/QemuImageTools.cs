using System.Globalization;
using System.Text;

namespace QmpHost.Sessions;

/// <summary><c>qemu-img</c> and <c>qemu-io</c> as judges that know nothing of the program under test.</summary>
public sealed class QemuImageTools : IImageTools
{
    /// <summary>Whether both tools are installed.</summary>
    public static bool AreInstalled => ExecutablePath.Find("qemu-img") is not null && ExecutablePath.Find("qemu-io") is not null;

    /// <inheritdoc/>
    public async ValueTask CreateAsync(ImageSpec image, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Format == "raw")
        {
            RawImages.Create(image.Path, image.Size);
            return;
        }

        var arguments = new List<string> { "create", "-q", "-f", image.Format };
        if (image.Options.Count > 0)
        {
            arguments.AddRange(["-o", string.Join(',', image.Options.Select(Option))]);
        }

        arguments.Add(image.Path);
        if (image.Size >= 0)
        {
            arguments.Add(image.Size.ToString(CultureInfo.InvariantCulture));
        }

        await RunAsync("qemu-img", arguments, cancellationToken);
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

        string command = string.Create(CultureInfo.InvariantCulture, $"write -q -P {pattern} {offset} {length}");
        await RunAsync("qemu-io", ["-f", format, "-c", command, path], cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> CompareAsync(ImageChain first, ImageChain second, CancellationToken cancellationToken)
    {
        ToolResult result = await ToolRunner.RunAsync(
            "qemu-img", ["compare", "-q", "--image-opts", Describe(first), Describe(second)], ".", cancellationToken);
        return result.ExitCode switch
        {
            0 => true,
            1 => false,
            _ => throw new SessionException("qemu-img compare: " + result.Error.Trim()),
        };
    }

    private static string Describe(ImageChain image)
    {
        var text = new StringBuilder();
        string prefix = string.Empty;
        for (ImageChain? layer = image; layer is not null; layer = layer.Backing, prefix += "backing.")
        {
            text.Append(text.Length == 0 ? string.Empty : ",")
                .Append(CultureInfo.InvariantCulture, $"{prefix}driver={layer.Format},{prefix}file.driver=file,")
                .Append(CultureInfo.InvariantCulture, $"{prefix}file.filename={layer.Path.Replace(",", ",,", StringComparison.Ordinal)}");
        }

        return text.ToString();
    }

    private static string Option(KeyValuePair<string, string> option) => option.Key switch
    {
        "version" => "compat=" + (option.Value == "v2" ? "0.10" : "1.1"),
        _ => option.Key.Replace('-', '_') + "=" + option.Value.Replace(",", ",,", StringComparison.Ordinal),
    };

    private static async ValueTask RunAsync(string tool, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        ToolResult result = await ToolRunner.RunAsync(tool, arguments, ".", cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new SessionException($"{tool} {string.Join(' ', arguments)}: {result.Error.Trim()}");
        }
    }
}
