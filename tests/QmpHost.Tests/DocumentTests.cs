using System.Diagnostics;
using NUnit.Framework;
using QmpHost.Testing.Support;
using QmpHost.Tests.Support;

namespace QmpHost.Tests;

/// <summary>Every example of the documents is run: blocks of "sh" and "python", each in a folder of its own.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class DocumentTests
{
    private const string Fence = "```";

    private static IEnumerable<TestCaseData> Examples() => Directory.EnumerateFiles(Path.Combine(Root(), "docs"), "*.md").Order(StringComparer.Ordinal).SelectMany(ExamplesOf);

    [TestCaseSource(nameof(Examples))]
    public async Task An_example_works(string language, string code)
    {
        (string program, string? needs) = language.Split(' ') switch
        {
            ["python"] => ("/usr/bin/python3", null),
            ["sh", var option] => ("/bin/sh", option["needs=".Length..]),
            _ => ("/bin/sh", null),
        };
        if (!File.Exists(program) || (needs is not null && !Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, needs)))))
        {
            Assert.Ignore($"{needs ?? program} is missing.");
        }

        using var folder = new TestFolder();
        string bin = folder["bin"];
        Directory.CreateDirectory(bin);
        File.CreateSymbolicLink(Path.Combine(bin, "qmphost"), ProgramProcess.ExecutablePath);
        Directory.CreateDirectory(folder["work"]);
        await File.WriteAllTextAsync(folder["example"], program == "/bin/sh" ? $"set -e\n{code}" : code);
        var start = new ProcessStartInfo(program, [folder["example"]])
        {
            WorkingDirectory = folder["work"],
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["PATH"] = $"{bin}:{Environment.GetEnvironmentVariable("PATH")}",
                ["PYTHONPATH"] = Path.Combine(Root(), "clients", "python"),
                ["PYTHONDONTWRITEBYTECODE"] = "1",
            },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(ProgramProcess.Patience);

        Assert.That(process.ExitCode, Is.Zero, $"{code}\n{await output}\n{await error}");
    }

    private static IEnumerable<TestCaseData> ExamplesOf(string document)
    {
        string[] lines = File.ReadAllLines(document);
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal) || lines[i].Length == Fence.Length)
            {
                continue;
            }

            string language = lines[i][Fence.Length..];
            int end = Array.IndexOf(lines, Fence, i + 1);
            if (language.StartsWith("sh", StringComparison.Ordinal) || language == "python")
            {
                yield return new TestCaseData(language, string.Join('\n', lines[(i + 1)..end]) + "\n")
                    .SetName($"{{m}}({Path.GetFileName(document)} line {i + 1})");
            }

            i = end;
        }
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "QmpHost.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("QmpHost.sln");
    }
}
