using System.Diagnostics;

namespace QmpHost.Sessions;

/// <summary>Runs one program to its end and keeps what it wrote.</summary>
public static class ToolRunner
{
    /// <summary>Runs a program with the C locale in <paramref name="directory"/>; it is killed when cancelled.</summary>
    /// <exception cref="SessionException">The program is not installed.</exception>
    public static async ValueTask<ToolResult> RunAsync(
        string program, IReadOnlyList<string> arguments, string directory, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (ExecutablePath.Find(program) is null)
        {
            throw new SessionException($"'{program}' is not installed");
        }

        var info = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        info.Environment["LC_ALL"] = "C";
        foreach (string argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(info)!;
        process.StandardInput.Close();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return new ToolResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}
