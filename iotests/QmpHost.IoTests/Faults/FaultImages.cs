using System.Globalization;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Faults;

/// <summary>The kinds of qcow2 images that requests are made to fail on; made once by QEMU's tools and copied for each case.</summary>
internal sealed class FaultImages : IDisposable
{
    private const string Size = "300k";

    private static readonly (string Name, string Options, string[] Preparation)[] Kinds =
    [
        ("small", "cluster_size=512", ["write -q -P 1 0 20k", "write -q -P 2 100k 3k"]),
        ("small-v2", "cluster_size=512,compat=0.10", ["write -q -P 1 0 20k", "write -q -P 2 100k 3k"]),
        ("empty", "cluster_size=1k", []),
        ("usual", "cluster_size=64k", ["write -q -P 1 0 100k"]),
        ("subclusters", "cluster_size=16k,extended_l2=on", ["write -q -P 1 0 20k", "write -q -P 2 100k 3k"]),
        ("lazy", "cluster_size=4k,lazy_refcounts=on", ["write -q -P 1 0 20k"]),
        ("preallocated", "cluster_size=4k,preallocation=metadata", []),
        ("narrow", "cluster_size=512,refcount_bits=1", ["write -q -P 1 0 20k"]),
        ("wide", "cluster_size=512,refcount_bits=64", ["write -q -P 1 0 60k"]),
        ("snapshots", "cluster_size=512", ["write -q -P 1 0 20k"]),
        ("bitmaps", "cluster_size=512", ["write -q -P 1 0 20k"]),
        ("backed", "cluster_size=2k", ["write -q -P 1 0 20k"]),
        ("split", "cluster_size=1k,data_file=split.data", ["write -q -P 1 0 20k"]),
    ];

    private readonly SessionFolder _folder = new();

    /// <summary>The names of the kinds.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Kinds.Select(static kind => kind.Name)];

    /// <summary>The cluster size of a kind, in bytes.</summary>
    public static int ClusterSizeOf(string kind)
    {
        string size = Kinds.First(k => k.Name == kind).Options.Split(',')[0]["cluster_size=".Length..];
        return size[^1] == 'k' ? int.Parse(size[..^1], CultureInfo.InvariantCulture) << 10 : int.Parse(size, CultureInfo.InvariantCulture);
    }

    /// <summary>Makes one image of each kind.</summary>
    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        await RunAsync("qemu-img", ["create", "-q", "-f", "qcow2", "base", Size], cancellationToken);
        await RunAsync("qemu-io", ["-c", "write -q -P 9 0 300k", "base"], cancellationToken);
        foreach ((string name, string options, string[] preparation) in Kinds)
        {
            await RunAsync("qemu-img", ["create", "-q", "-f", "qcow2", "-o", options, name, Size], cancellationToken);
            if (preparation.Length > 0)
            {
                await RunAsync("qemu-io", [.. preparation.SelectMany(static command => new[] { "-c", command }), name], cancellationToken);
            }
        }

        await RunAsync("qemu-img", ["snapshot", "-c", "s", "snapshots"], cancellationToken);
        await RunAsync("qemu-io", ["-c", "write -q -P 3 4k 4k", "snapshots"], cancellationToken);
        foreach (string bitmap in new[] { "one", "two", "three" })
        {
            await RunAsync("qemu-img", ["bitmap", "--add", "-g", "512", "bitmaps", bitmap], cancellationToken);
        }

        await RunAsync("qemu-io", ["-c", "write -q -P 3 4k 40k", "bitmaps"], cancellationToken);
    }

    /// <summary>Copies an image of a kind, and what belongs to it.</summary>
    public void Copy(string kind, string directory)
    {
        File.Copy(Path.Combine(_folder.Path, kind), Path.Combine(directory, "image"), overwrite: true);
        string other = kind == "split" ? "split.data" : "base";
        File.Copy(Path.Combine(_folder.Path, other), Path.Combine(directory, "other"), overwrite: true);
    }

    public void Dispose() => _folder.Dispose();

    private async Task RunAsync(string tool, string[] arguments, CancellationToken cancellationToken)
    {
        ToolResult result = await ToolRunner.RunAsync(tool, arguments, _folder.Path, cancellationToken);
        if (result.ExitCode != 0)
        {
            throw new SessionException($"{tool} {string.Join(' ', arguments)}: {result.Error.Trim()}");
        }
    }
}
