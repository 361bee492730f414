using System.Diagnostics;
using NUnit.Framework;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>Runs QEMU's image tools.</summary>
internal static class OracleTools
{
    /// <summary>Skips the test where the tools are missing.</summary>
    public static void Require()
    {
        if (!File.Exists("/usr/bin/qemu-img"))
        {
            Assert.Ignore("The package qemu-utils is not installed.");
        }
    }

    /// <summary>Runs a tool and gives what it printed.</summary>
    public static (int ExitCode, string Output) Run(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    public static string Succeed(string tool, params string[] arguments)
    {
        (int code, string output) = Run(tool, arguments);
        Assert.That(code, Is.Zero, () => $"{tool} {string.Join(' ', arguments)}\n{output}");
        return output;
    }
}
