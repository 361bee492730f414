using System.Diagnostics;

namespace QmpHost.Nbd.Tests.Support;

/// <summary>Programs of the machine that judge the server; a test without them is skipped.</summary>
internal static class Tool
{
    /// <summary>Skips the test where a program is missing.</summary>
    public static void Require(params string[] programs)
    {
        foreach (string program in programs)
        {
            if (Find(program) is null)
            {
                Assert.Ignore($"{program} is not installed");
            }
        }
    }

    /// <summary>Runs a program that must succeed.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        (int code, string output, string errors) = await TryRunAsync(program, arguments);
        Assert.That(code, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{output}{errors}");
        return output;
    }

    /// <summary>Runs a program.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> TryRunAsync(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"{program} {string.Join(' ', arguments)} does not end");
        }

        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Starts a program whose standard streams the test holds.</summary>
    public static Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(Find(program)!, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static string? Find(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Select(folder => System.IO.Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
