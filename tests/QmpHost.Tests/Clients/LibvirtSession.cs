using System.Diagnostics;
using System.Globalization;
using System.Text;
using NUnit.Framework;
using QmpHost.Tests.Support;

namespace QmpHost.Tests.Clients;

/// <summary>A libvirt daemon of its own, for one test, that starts the program under test as its emulator.</summary>
internal sealed class LibvirtSession : IAsyncDisposable
{
    private const string Nobody = "65534";

    private Process _daemon;

    private LibvirtSession(string folder, Process daemon)
    {
        Folder = folder;
        _daemon = daemon;
    }

    /// <summary>Where its images, sockets and logs are: whoever the daemon runs as may write there.</summary>
    public string Folder { get; }

    private static bool IsRoot => Environment.UserName == "root";

    /// <summary>Starts the daemon, or skips the test where libvirt is missing.</summary>
    /// <param name="hostId">The UUID of the computer that it takes itself to be on, or null for the real one.</param>
    public static async Task<LibvirtSession> StartAsync(string? hostId = null)
    {
        Require("libvirtd", "virsh", "qemu-img", "qemu-io");

        string folder = Directory.CreateTempSubdirectory("qmphost-libvirt-").FullName;
        string emulator = Path.Combine(folder, "qemu-system-x86_64");
        await File.WriteAllTextAsync(
            emulator,
            $"#!/bin/sh\nexport DOTNET_CLI_HOME='{folder}' DOTNET_ROOT='{Path.GetDirectoryName(Environment.ProcessPath)}'\nQMPHOST_GUEST=obedient exec '{ProgramProcess.ExecutablePath}' system \"$@\"\n");
        await RunAsync(folder, asUser: false, "chmod", "755", emulator);
        foreach (string name in new[] { "run", "config/libvirt", "cache", "data" })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        await File.WriteAllTextAsync(
            Path.Combine(folder, "config/libvirt/qemu.conf"), "stdio_handler = \"file\"\nsecurity_driver = \"none\"\nnamespaces = []\ncgroup_controllers = []\n");
        if (hostId is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "config/libvirt/libvirtd.conf"), $"host_uuid = \"{hostId}\"\n");
        }

        if (IsRoot)
        {
            await RunAsync(folder, asUser: false, "chown", "-R", $"{Nobody}:{Nobody}", folder);
            await RunAsync(folder, asUser: false, "chmod", "700", Path.Combine(folder, "run"));
        }

        (int status, string version) = await RunAsync(folder, asUser: true, emulator, "-version");
        if (status != 0)
        {
            Directory.Delete(folder, recursive: true);
            Assert.Ignore($"the daemon's user cannot start the program where it was built: {version}");
        }

        var session = new LibvirtSession(folder, StartDaemon(folder));
        try
        {
            await session.WaitForDaemonAsync();
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Skips the test where a program is missing.</summary>
    public static void Require(params IEnumerable<string> programs)
    {
        foreach (string program in programs)
        {
            if (Find(program) is null)
            {
                Assert.Ignore(
                    $"{program} is missing: install libvirt-daemon, libvirt-daemon-driver-qemu, libvirt-clients, qemu-utils, virtnbdbackup, virtinst and python3-libvirt");
            }
        }
    }

    /// <summary>Runs a virsh command that has to succeed.</summary>
    /// <param name="command">Its words, parted by blanks; DIR stands for the folder.</param>
    /// <returns>What it printed.</returns>
    public Task<string> VirshAsync(string command) => VirshAsync([.. Words(command)]);

    /// <summary>Runs a virsh command that has to succeed.</summary>
    /// <param name="command">Its words.</param>
    /// <returns>What it printed.</returns>
    public async Task<string> VirshAsync(IReadOnlyList<string> command)
    {
        (int status, string output) = await TryVirshAsync(command);
        Assert.That(status, Is.Zero, $"virsh {string.Join(' ', command)}: {output}");
        return output;
    }

    /// <summary>Lets the daemon die and starts it anew; its domains go on meanwhile.</summary>
    public async Task RestartDaemonAsync()
    {
        // Its domains are children of nobody by then.
        _daemon.Kill();
        await _daemon.WaitForExitAsync();
        _daemon.Dispose();
        _daemon = StartDaemon(Folder);
        await WaitForDaemonAsync();
    }

    /// <summary>Whether a program succeeds as the daemon's user.</summary>
    /// <param name="command">Its words, parted by blanks; "_" stands for a blank.</param>
    public async Task<bool> SucceedsAsync(string command)
        => (await RunAsync(Folder, asUser: true, [.. Words(command).Select(static word => word.Replace('_', ' '))])).Status == 0;

    /// <summary>Runs a program until its output has a text, then interrupts it and waits for its end.</summary>
    /// <param name="command">Its words, parted by blanks; DIR stands for the folder.</param>
    /// <param name="text">The text.</param>
    /// <returns>What it printed.</returns>
    public async Task<string> RunUntilAsync(string command, string text)
    {
        ProcessStartInfo start = Describe(Folder, asUser: true, [.. Words(command)]);
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        var output = new StringBuilder();
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            output.Append(line).Append('\n');
            if (line.Contains(text, StringComparison.Ordinal))
            {
                await RunAsync(Folder, asUser: false, "kill", "-INT", process.Id.ToString(CultureInfo.InvariantCulture));
            }
        }

        await process.WaitForExitAsync();
        return output.ToString();
    }

    /// <summary>Runs a program as the daemon's user that has to succeed.</summary>
    /// <param name="command">Its words, parted by blanks; DIR stands for the folder.</param>
    /// <returns>What it printed.</returns>
    public Task<string> RunAsync(string command) => RunAsync([.. Words(command)]);

    /// <summary>Runs a program as the daemon's user that has to succeed.</summary>
    /// <param name="command">Its words.</param>
    /// <returns>What it printed.</returns>
    public async Task<string> RunAsync(IReadOnlyList<string> command)
    {
        (int status, string output) = await RunAsync(Folder, asUser: true, command);
        Assert.That(status, Is.Zero, $"{string.Join(' ', command)}: {output}");
        return output;
    }

    /// <summary>Writes a file that the daemon may read.</summary>
    public async Task<string> WriteAsync(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        await File.WriteAllTextAsync(path, text.Replace("DIR", Folder, StringComparison.Ordinal));
        return path;
    }

    /// <summary>Repeats a command until its output has a text.</summary>
    public async Task WaitAsync(string command, string text)
    {
        var clock = Stopwatch.StartNew();
        string output;
        do
        {
            output = await VirshAsync(command);
        }
        while (!output.Contains(text, StringComparison.Ordinal) && clock.Elapsed < ProgramProcess.Patience);
        Assert.That(output, Does.Contain(text));
    }

    public async ValueTask DisposeAsync()
    {
        (_, string domains) = await TryVirshAsync("list --name");
        foreach (string domain in domains.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await TryVirshAsync($"destroy {domain}");
        }

        _daemon.Kill(entireProcessTree: true);
        await _daemon.WaitForExitAsync();
        _daemon.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string? Find(string program)
        => (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static Process StartDaemon(string folder) => Process.Start(Describe(folder, asUser: true, ["libvirtd", "--timeout", "300"]))!;

    private Task<(int Status, string Output)> TryVirshAsync(string command) => TryVirshAsync([.. Words(command)]);

    private Task<(int Status, string Output)> TryVirshAsync(IReadOnlyList<string> command)
        => RunAsync(Folder, asUser: true, ["virsh", "-q", "-c", "qemu:///session", .. command]);

    private IEnumerable<string> Words(string command) => command.Split(' ').Select(word => word.Replace("DIR", Folder, StringComparison.Ordinal));

    private async Task WaitForDaemonAsync()
    {
        var clock = Stopwatch.StartNew();
        while ((await TryVirshAsync("list")).Status != 0)
        {
            Assert.That(clock.Elapsed, Is.LessThan(ProgramProcess.Patience), "libvirtd does not answer");
        }
    }

    // A session daemon refuses to run as root.
    private static ProcessStartInfo Describe(string folder, bool asUser, IReadOnlyList<string> command)
    {
        IReadOnlyList<string> whole = asUser && IsRoot ? ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", .. command] : command;
        var start = new ProcessStartInfo(Find(whole[0]) ?? whole[0], whole.Skip(1)) { WorkingDirectory = folder };
        start.Environment["HOME"] = folder;
        start.Environment["PATH"] += ":/usr/sbin";
        foreach ((string variable, string name) in new[] { ("RUNTIME_DIR", "run"), ("CONFIG_HOME", "config"), ("CACHE_HOME", "cache"), ("DATA_HOME", "data") })
        {
            start.Environment[$"XDG_{variable}"] = Path.Combine(folder, name);
        }

        return start;
    }

    private static async Task<(int Status, string Output)> RunAsync(string folder, bool asUser, params IReadOnlyList<string> command)
    {
        ProcessStartInfo start = Describe(folder, asUser, command);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
