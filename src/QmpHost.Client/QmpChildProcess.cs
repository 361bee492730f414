using System.ComponentModel;
using System.Diagnostics;

namespace QmpHost.Client;

/// <summary>A program that speaks QMP on its standard input and output, and the client of it.</summary>
/// <remarks>Disposing it asks the program to quit and ends it when it does not within ten seconds.</remarks>
public sealed class QmpChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan QuitPatience = TimeSpan.FromSeconds(10);

    private QmpChildProcess(Process process, QmpClient client)
    {
        Process = process;
        Client = client;
    }

    /// <summary>The process.</summary>
    public Process Process { get; }

    /// <summary>The client.</summary>
    public QmpClient Client { get; }

    /// <summary>Starts a program and waits for its greeting.</summary>
    /// <param name="program">The program, looked for as a shell does.</param>
    /// <param name="arguments">
    /// Its arguments, which must put a monitor on standard input and output, as <c>-qmp stdio</c> does for qemu-system-x86_64 and
    /// <c>--chardev stdio,id=c --monitor chardev=c</c> for qemu-storage-daemon.
    /// </param>
    /// <param name="options">Settings of the client, or null for the usual ones.</param>
    /// <param name="cancellationToken">Gives up, and ends the program.</param>
    /// <returns>The running program.</returns>
    /// <exception cref="Win32Exception">There is no such program.</exception>
    /// <exception cref="QmpConnectionException">The program ended before the greeting; the message has what it said on standard error.</exception>
    public static async Task<QmpChildProcess> StartAsync(
        string program, IEnumerable<string> arguments, QmpClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            QmpClient client = await QmpClient.AttachAsync(
                process.StandardOutput.BaseStream, process.StandardInput.BaseStream, options, cancellationToken).ConfigureAwait(false);
            return new QmpChildProcess(process, client);
        }
        catch (QmpConnectionException)
        {
            throw new QmpConnectionException(new EndOfStreamException($"'{program}' said: {await EndAsync(process, errors).ConfigureAwait(false)}"));
        }
        catch
        {
            await EndAsync(process, errors).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(QuitPatience);
            if (!Client.Completion.IsCompleted)
            {
                await Client.ExecuteAsync("quit", cancellationToken: patience.Token).ConfigureAwait(false);
            }

            await Process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or Qapi.QmpException)
        {
            // It is ended below.
        }

        await Client.DisposeAsync().ConfigureAwait(false);
        Kill(Process);
        Process.Dispose();
    }

    private static async Task<string> EndAsync(Process process, Task<string> errors)
    {
        Kill(process);
        string text = await errors.ConfigureAwait(false);
        process.Dispose();
        return text.Trim();
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }
}
