using System.Globalization;
using System.Text.RegularExpressions;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Faults;

/// <summary>
/// Judges one host by its own word: what it said to be done must be found in its image, and nothing else. For cases in which an
/// error met another request there than in QEMU.
/// </summary>
internal static partial class AcknowledgedDisk
{
    private const int Sector = 512;

    private static readonly string[] Errors = ["Input/output error", "No space left on device"];

    /// <summary>Whether the image in a host's directory holds what the host said to be done, and nothing was lost without a word.</summary>
    /// <param name="played">The case.</param>
    /// <param name="said">What the host said, a line for each reply and then what it printed.</param>
    /// <param name="directory">The host's directory.</param>
    /// <param name="images">The images that cases begin with.</param>
    public static async Task<bool> IsFoundAsync(FaultCase played, string said, string directory, FaultImages images)
    {
        if (said.Contains("BLOCK_IMAGE_CORRUPTED", StringComparison.Ordinal) || !SaysOnlyErrors(said))
        {
            return false;
        }

        byte[] found = await ReadAsync(directory, "image", played.Kind);
        string folder = Path.Combine(directory, "begun");
        Directory.CreateDirectory(folder);
        played.Prepare(images, folder);
        byte[] before = await ReadAsync(folder, "image", played.Kind);
        byte[] below = played.Kind == "backed" ? [9] : [];
        return ListsWhatWasMade(played, said) && IsAllowed(found, Allowed(played, said, before, below));
    }

    // A reply is a success, or it ends with the error that was injected.
    private static bool SaysOnlyErrors(string said)
        => said.Split('\n').Where(static line => line.Contains("\"error\"", StringComparison.Ordinal) || line.Contains("failed", StringComparison.Ordinal))
            .All(static line => Array.Exists(Errors, line.Contains) || OwnError().IsMatch(line));

    private static bool ListsWhatWasMade(FaultCase played, string said)
    {
        string[] replies = [.. said.Split('\n').Where(static line => line.StartsWith("{\"return\"", StringComparison.Ordinal) || line.StartsWith("{\"error\"", StringComparison.Ordinal))];
        var made = new HashSet<string>();
        var script = played.Script.ToArray();
        for (int i = 0; i < script.Length && i < replies.Length; i++)
        {
            if (replies[i].StartsWith("{\"return\"", StringComparison.Ordinal) && SnapshotCommand().Match(script[i]) is { Success: true } snapshot)
            {
                _ = snapshot.Groups[1].Length == 0 ? made.Add(snapshot.Groups[2].Value) : made.Remove(snapshot.Groups[2].Value);
            }
        }

        string? listing = Array.Find(replies, static reply => reply.StartsWith("{\"return\": [{\"", StringComparison.Ordinal));
        return listing is null || made.All(name => listing.Contains($"\"name\": \"{name}\"", StringComparison.Ordinal));
    }

    private static List<HashSet<byte>> Allowed(FaultCase played, string said, byte[] before, byte[] below)
    {
        var allowed = new List<HashSet<byte>>();
        for (int offset = 0; offset < before.Length; offset += Sector)
        {
            allowed.Add([before[offset]]);
        }

        // Which request a printed line is about is not said.
        bool mayFail = said.Contains("write failed", StringComparison.Ordinal) || said.Contains("\"error\"", StringComparison.Ordinal);
        foreach (string command in played.Commands)
        {
            if (Request().Match(command) is { Success: true } request)
            {
                Apply(allowed, request, mayFail, below);
            }
            else if (NewSize().Match(command) is { Success: true } size)
            {
                Resize(allowed, (int)(Number(size.Groups[1]) / Sector), below);
            }
        }

        return allowed;
    }

    private static void Apply(List<HashSet<byte>> allowed, Match request, bool mayFail, byte[] below)
    {
        bool isDiscard = request.Groups[1].Value == "discard";
        byte pattern = request.Groups[2].Success ? (byte)Number(request.Groups[2]) : (byte)0;
        int first = (int)(Number(request.Groups[3]) / Sector);
        int end = first + (int)(Number(request.Groups[4]) / Sector);
        for (int i = first; i < Math.Min(end, allowed.Count); i++)
        {
            if (!isDiscard && !mayFail)
            {
                allowed[i].Clear();
            }

            allowed[i].Add(pattern);
            if (isDiscard)
            {
                allowed[i].UnionWith(below);
            }
        }
    }

    // What is cut off may be seen again, inside of a cluster.
    private static void Resize(List<HashSet<byte>> allowed, int sectors, byte[] below)
    {
        for (int i = Math.Min(sectors, allowed.Count); i < allowed.Count; i++)
        {
            allowed[i].Add(0);
            allowed[i].UnionWith(below);
        }

        while (allowed.Count < sectors)
        {
            allowed.Add([0, .. below]);
        }
    }

    private static bool IsAllowed(byte[] found, List<HashSet<byte>> allowed)
    {
        for (int offset = 0; offset < found.Length; offset++)
        {
            if (offset / Sector >= allowed.Count || !allowed[offset / Sector].Contains(found[offset]))
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<byte[]> ReadAsync(string folder, string image, string kind)
    {
        string options = $"driver=qcow2,file.filename={folder}/{image}" + kind switch
        {
            "backed" => $",backing.driver=qcow2,backing.file.filename={folder}/other",
            "split" => $",data-file.driver=file,data-file.filename={folder}/other",
            _ => "",
        };
        string raw = Path.Combine(folder, "contents");
        ToolResult result = await ToolRunner.RunAsync("qemu-img", ["convert", "-O", "raw", "--image-opts", options, raw], folder, CancellationToken.None);
        return result.ExitCode == 0 ? await File.ReadAllBytesAsync(raw) : throw new SessionException($"qemu-img convert: {result.Error}");
    }

    private static long Number(Group group) => long.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("qemu-io n ..(write|discard) (?:-[qfzuc] )*(?:-P ([0-9]+) )?([0-9]+) ([0-9]+)")]
    private static partial Regex Request();

    [GeneratedRegex("block_resize.*\"size\": ([0-9]+)")]
    private static partial Regex NewSize();

    [GeneratedRegex("blockdev-snapshot-(delete-)?internal-sync.*\"name\": \"(t[0-9])\"")]
    private static partial Regex SnapshotCommand();

    // Errors that cases meet without any request that fails.
    [GeneratedRegex("not found|Operation not permitted|is still in use|read-only|already exists|already present|does not exist|Can't resize a v2|Cannot find|find node")]
    private static partial Regex OwnError();
}
