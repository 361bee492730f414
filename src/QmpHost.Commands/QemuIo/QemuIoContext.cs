using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Commands.QemuIo;

/// <summary>What one run of the interpreter works on.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
internal sealed class QemuIoContext(
    BlockBackend backend, TimeProvider clock, QemuIoOutput output, PendingRequests pending, string commandName)
{
    /// <summary>The command's name or short name as it was given.</summary>
    public string CommandName { get; } = commandName;

    /// <summary>The disk.</summary>
    public BlockBackend Backend { get; } = backend;

    /// <summary>The clock that requests are timed with and that "sleep" follows.</summary>
    public TimeProvider Clock { get; } = clock;

    /// <summary>The outputs.</summary>
    public QemuIoOutput Output { get; } = output;

    /// <summary>Prints a line on standard output.</summary>
    /// <param name="line">The line.</param>
    public void Print(string line) => Output.Standard.WriteLine(line);

    /// <summary>Warns whoever gave the command.</summary>
    /// <param name="text">What of.</param>
    public void Warn(string text) => Output.Monitor.Append("warning: ").Append(text).Append('\n');

    /// <summary>Sends the process a signal.</summary>
    /// <param name="signal">Its number.</param>
    /// <exception cref="QmpException">The host shares its process with others.</exception>
    public void Raise(int signal)
        => (Output.RaiseSignal ?? throw new QmpException("This host has no process of its own to send signals to"))(signal);

    /// <summary>Remembers an asynchronous request until it is waited for.</summary>
    /// <param name="request">The request; it reports its own errors.</param>
    public void Track(Task request) => pending.Add(request);

    /// <summary>Waits for all asynchronous requests.</summary>
    /// <returns>A task that ends with the last of them.</returns>
    public ValueTask WaitForPendingAsync() => pending.WaitAsync();
}
