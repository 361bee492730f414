using System.Globalization;
using System.IO.Compression;
using QmpHost.IoTests.Harness;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Faults;

/// <summary>The kinds of qcow2 images that requests are made to fail on; made once by QEMU's tools, stored, and copied for each case.</summary>
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

    // Only for cases in which no request fails.
    private static readonly (string Name, string Options, string[] Preparation)[] FurtherKinds =
    [
        ("raw-data", "cluster_size=4k,data_file=split.data,data_file_raw=on", ["write -q -P 1 0 20k"]),
        ("named", "cluster_size=4k,backing_file=other,backing_fmt=qcow2", ["write -q -P 1 0 20k"]),
        ("compressed", "cluster_size=16k", ["write -q -c -P 1 0 16k", "write -q -c -P 2 32k 16k", "write -q -P 3 64k 16k"]),
        ("zstd", "cluster_size=64k,compression_type=zstd", ["write -q -P 1 0 64k"]),
    ];

    private readonly SessionFolder _folder = new();

    /// <summary>The names of the kinds on which requests fail.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Kinds.Select(static kind => kind.Name)];

    /// <summary>The names of all kinds.</summary>
    public static IReadOnlyList<string> AllNames { get; } = [.. Names, .. FurtherKinds.Select(static kind => kind.Name)];

    /// <summary>The cluster size of a kind, in bytes.</summary>
    public static int ClusterSizeOf(string kind)
    {
        string size = Kinds.Concat(FurtherKinds).First(k => k.Name == kind).Options.Split(',')[0]["cluster_size=".Length..];
        return size[^1] == 'k' ? int.Parse(size[..^1], CultureInfo.InvariantCulture) << 10 : int.Parse(size, CultureInfo.InvariantCulture);
    }

    /// <summary>The folder of what was recorded of cases.</summary>
    public static string Folder => Path.Combine(Corpus.Root, "cases");

    private static string Archive => Path.Combine(Folder, "images.zip");

    /// <summary>Unpacks one image of each kind. They are stored, since QEMU's tools give no two snapshots the same time.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Archive))
        {
            await MakeAsync(cancellationToken);
            Directory.CreateDirectory(Folder);
            await ZipFile.CreateFromDirectoryAsync(_folder.Path, Archive, CompressionLevel.SmallestSize, includeBaseDirectory: false, cancellationToken);

            // The times in them would be taken for those of this run.
            throw new SessionException("The images have been made anew: play the cases again");
        }

        await ZipFile.ExtractToDirectoryAsync(Archive, _folder.Path, cancellationToken);
    }

    private async Task MakeAsync(CancellationToken cancellationToken)
    {
        await RunAsync("qemu-img", ["create", "-q", "-f", "qcow2", "base", Size], cancellationToken);
        await RunAsync("qemu-io", ["-c", "write -q -P 9 0 300k", "base"], cancellationToken);
        File.Copy(Path.Combine(_folder.Path, "base"), Path.Combine(_folder.Path, "other"));
        foreach ((string name, string options, string[] preparation) in Kinds.Concat(FurtherKinds))
        {
            await RunAsync("qemu-img", ["create", "-q", "-f", "qcow2", "-o", options, name, Size], cancellationToken);
            if (preparation.Length > 0)
            {
                await RunAsync("qemu-io", [.. preparation.SelectMany(static command => new[] { "-c", command }), name], cancellationToken);
            }

            string data = Path.Combine(_folder.Path, "split.data");
            if (File.Exists(data))
            {
                File.Move(data, Path.Combine(_folder.Path, $"{name}-data"));
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
        string other = kind is "split" or "raw-data" ? $"{kind}-data" : "base";
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
