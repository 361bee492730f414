using System.Diagnostics;
using NUnit.Framework;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>The Python client's own tests, against the program.</summary>
internal sealed class PythonClientTests
{
    private const string Python = "/usr/bin/python3";

    // Contexts are entered by test cases since then.
    private const int OldestMinor = 11;

    [TestCase("test_qmphost")]
    [TestCase("test_control")]
    [TestCase("test_backup_story")]
    public async Task The_tests_of_the_python_client_pass(string module)
    {
        if (!File.Exists(Python) || (await RunAsync("-c", "import sys; print(sys.version_info[1])")).Output is var minor && int.Parse(minor, null) < OldestMinor)
        {
            Assert.Ignore($"There is no Python 3.{OldestMinor} at {Python}.");
        }

        ProgramResult result = await RunAsync("-B", "-m", "unittest", module);

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Error, Does.Contain("OK"));
    }

    private static async Task<ProgramResult> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Python, arguments)
        {
            WorkingDirectory = Folder(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["QMPHOST_PROG"] = ProgramProcess.ExecutablePath },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync().WaitAsync(ProgramProcess.Patience);
        await process.WaitForExitAsync();
        return new ProgramResult(process.ExitCode, await output, error);
    }

    private static string Folder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string clients = Path.Combine(folder.FullName, "clients", "python");
            if (Directory.Exists(clients))
            {
                return clients;
            }
        }

        throw new DirectoryNotFoundException("clients/python");
    }
}
