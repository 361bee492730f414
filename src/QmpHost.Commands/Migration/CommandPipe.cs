using System.Diagnostics;
using QmpHost.Net.Transports;

namespace QmpHost.Commands.Migration;

/// <summary>A shell command that the state of a machine is written to or read from.</summary>
internal static class CommandPipe
{
    /// <summary>Starts a command and gives the end of its pipe; what it prints otherwise goes where the program's output goes.</summary>
    /// <param name="command">The command.</param>
    /// <param name="forWriting">Whether it is written to.</param>
    /// <returns>The pipe; disposing it closes it, and the command ends when it likes.</returns>
    public static Stream Open(string command, bool forWriting)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            UseShellExecute = false,
            RedirectStandardInput = forWriting,
            RedirectStandardOutput = !forWriting,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        var process = Process.Start(start)!;
        return new ProcessStream(process, forWriting ? process.StandardInput.BaseStream : process.StandardOutput.BaseStream);
    }

    /// <summary>The pipe; it waits for the command at its end, as what it has written is complete only then.</summary>
    private sealed class ProcessStream(Process process, Stream pipe) : ConnectionStream
    {
        public override bool CanRead => pipe.CanRead;

        public override bool CanWrite => pipe.CanWrite;

        public override void Flush() => pipe.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => pipe.FlushAsync(cancellationToken);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => pipe.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => pipe.WriteAsync(buffer, cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await pipe.DisposeAsync();
            await process.WaitForExitAsync();
            process.Dispose();
            await base.DisposeAsync();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                pipe.Dispose();
                process.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
