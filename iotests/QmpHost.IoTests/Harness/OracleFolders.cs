using System.ComponentModel;
using System.Diagnostics;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>
/// Finds QEMU's programs of a given release: those on the search path, or in a folder <c>NAME/bin</c> below the one that
/// QMPHOST_ORACLES names, where <c>.ci/oracle</c> unpacks them.
/// </summary>
public static class OracleFolders
{
    private const string DefaultRoot = "/var/tmp/qmphost-oracles";

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Found = new(Search);

    /// <summary>The releases whose programs are on this machine, with their folders; an empty folder stands for the search path.</summary>
    public static IReadOnlyDictionary<string, string> All => Found.Value;

    /// <summary>The oracle of a release.</summary>
    /// <param name="release">The release, such as <c>10.0</c>.</param>
    /// <returns>The target.</returns>
    /// <exception cref="TargetUnavailableException">Its programs are not on this machine.</exception>
    public static ProcessTarget Target(string release) => All.TryGetValue(release, out string? folder)
        ? folder.Length == 0 ? ProcessTarget.Oracle() : ProcessTarget.Oracle(folder)
        : throw new TargetUnavailableException($"QEMU {release} is not on this machine; there is: {string.Join(", ", All.Keys)} (.ci/oracle unpacks others)");

    private static Dictionary<string, string> Search()
    {
        var found = new Dictionary<string, string>();
        var installed = ProcessTarget.Oracle();
        if (installed.IsInstalled(SessionProgram.System) && installed.IsInstalled(SessionProgram.StorageDaemon)
            && ReleaseOf(installed.Command(SessionProgram.StorageDaemon)[0]) is { } release)
        {
            found[release] = string.Empty;
        }

        string root = Environment.GetEnvironmentVariable("QMPHOST_ORACLES") ?? DefaultRoot;
        foreach (string folder in Directory.Exists(root) ? Directory.GetDirectories(root).Select(static d => Path.Combine(d, "bin")) : [])
        {
            if (ReleaseOf(Path.Combine(folder, "qemu-storage-daemon")) is { } other)
            {
                found.TryAdd(other, folder);
            }
        }

        return found;
    }

    // "qemu-storage-daemon version 10.0.8 (Debian …)"
    private static string? ReleaseOf(string program)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, ["--version"]) { RedirectStandardOutput = true })!;
            string[] words = process.StandardOutput.ReadToEnd().Split(' ');
            process.WaitForExit();
            string[] numbers = words.Length > 2 ? words[2].Split('.') : [];
            return numbers.Length >= 2 ? $"{numbers[0]}.{numbers[1]}" : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
