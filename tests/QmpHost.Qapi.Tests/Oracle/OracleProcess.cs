using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace QmpHost.Qapi.Tests.Oracle;

/// <summary>Runs QEMU 7.2 with QMP on its standard input and output.</summary>
internal static class OracleProcess
{
    private static readonly string[] SystemArguments =
        ["-nodefaults", "-display", "none", "-machine", "none", "-accel", "tcg", "-S", "-qmp", "stdio"];

    private static readonly string[] DaemonArguments = ["--chardev", "stdio,id=c", "--monitor", "chardev=c"];

    /// <summary>Sends requests, one on each line, and gives the replies to them without events. Skips the test where QEMU is missing.</summary>
    public static IReadOnlyList<string> Ask(QmpProgram program, IReadOnlyCollection<string> requests)
    {
        bool isSystem = program == QmpProgram.System;
        using Process process = Start(isSystem ? "qemu-system-x86_64" : "qemu-storage-daemon", isSystem ? SystemArguments : DaemonArguments);

        // The greeting and the answer to the negotiation come first.
        Task<List<string>> replies = Task.Run(() => ReadReplies(process.StandardOutput, requests.Count + 2));
        process.StandardInput.WriteLine("{'execute': 'qmp_capabilities'}");
        foreach (string request in requests)
        {
            process.StandardInput.WriteLine(request);
        }

        // "quit" would cut off what is not yet read.
        process.StandardInput.Flush();
        _ = replies.Wait(TimeSpan.FromMinutes(1));
        process.Kill();
        return replies.Result.Skip(2).ToArray();
    }

    private static List<string> ReadReplies(StreamReader output, int count)
    {
        var replies = new List<string>();
        while (replies.Count < count && output.ReadLine() is { } line)
        {
            if (!line.Contains("\"timestamp\"", StringComparison.Ordinal))
            {
                replies.Add(line);
            }
        }

        return replies;
    }

    /// <summary>Starts the storage daemon with arguments that it refuses, and gives the first line that it says.</summary>
    public static string Complain(params string[] arguments)
    {
        using Process process = Start("qemu-storage-daemon", arguments);
        string? line = process.StandardError.ReadLine();
        process.Kill();
        return line ?? string.Empty;
    }

    private static Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"{program} is not installed.");
            throw;
        }
    }
}
