using QmpHost.Sessions;

namespace QmpHost.IoTests.Comparing;

/// <summary>The images that every compared session begins with; made once by QEMU's tools and copied for each host.</summary>
internal sealed class SessionImages : IDisposable
{
    private const long Size = 4 << 20;

    private static readonly string[] OtherFormats = ["vmdk", "vpc", "vhdx", "vdi", "qed", "parallels", "qcow"];

    private readonly SessionFolder _folder = new();

    /// <summary>Names of the images with their formats.</summary>
    public List<(string Name, string Format)> Images { get; } = [];

    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        await AddAsync("base.qcow2", "qcow2", ["-o", "cluster_size=64k"], "4M", cancellationToken);
        await AddAsync("top.qcow2", "qcow2", ["-F", "qcow2", "-b", "base.qcow2"], null, cancellationToken);
        await AddAsync("v2.qcow2", "qcow2", ["-o", "compat=0.10"], "4M", cancellationToken);
        await AddAsync("small.qcow2", "qcow2", ["-o", "cluster_size=4k,extended_l2=off,lazy_refcounts=on"], "1M", cancellationToken);
        await AddAsync("target.qcow2", "qcow2", [], "4M", cancellationToken);
        await RunAsync("qemu-io", ["-f", "qcow2", "-c", "write -q -P 17 64k 256k", "-c", "write -q -P 18 2M 64k", "base.qcow2"], cancellationToken);
        await RunAsync("qemu-io", ["-f", "qcow2", "-c", "write -q -P 19 1M 128k", "top.qcow2"], cancellationToken);
        await RunAsync("qemu-img", ["bitmap", "--add", "-f", "qcow2", "small.qcow2", "b0"], cancellationToken);
        await RunAsync("qemu-io", ["-f", "qcow2", "-c", "write -q -P 20 0 64k", "small.qcow2"], cancellationToken);
        AddRaw("disk.raw", Size, 21);
        AddRaw("target.raw", Size, 0);
        AddRaw("odd.raw", (1 << 20) + 512, 22);
        AddRaw("empty.raw", 0, 0);
        foreach (string format in OtherFormats)
        {
            await AddAsync("other." + format, format, [], "4M", cancellationToken);
        }
    }

    /// <summary>Gives a host's directory its own copies.</summary>
    public void CopyTo(string directory)
    {
        foreach ((string name, _) in Images)
        {
            File.Copy(Path.Combine(_folder.Path, name), Path.Combine(directory, name));
        }
    }

    public void Dispose() => _folder.Dispose();

    private void AddRaw(string name, long size, byte pattern)
    {
        string path = Path.Combine(_folder.Path, name);
        RawImages.Create(path, size);
        if (pattern != 0)
        {
            RawImages.Write(path, pattern, 0, 128 << 10);
        }

        Images.Add((name, "raw"));
    }

    private async Task AddAsync(string name, string format, string[] options, string? size, CancellationToken cancellationToken)
    {
        await RunAsync("qemu-img", ["create", "-q", "-f", format, .. options, name, .. size is null ? Array.Empty<string>() : [size]], cancellationToken);
        Images.Add((name, format));
    }

    private async Task RunAsync(string tool, string[] arguments, CancellationToken cancellationToken)
    {
        ToolResult result = await ToolRunner.RunAsync(tool, arguments, _folder.Path, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new SessionException($"{tool} {string.Join(' ', arguments)}: {result.Error.Trim()}");
        }
    }
}
