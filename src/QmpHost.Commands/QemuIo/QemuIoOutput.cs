using System.Text;

namespace QmpHost.Commands.QemuIo;

/// <summary>Where qemu-io's results go: the process's standard output and error, and the monitor's reply.</summary>
/// <param name="Standard">The process's standard output.</param>
/// <param name="Error">The process's standard error.</param>
/// <param name="Monitor">The monitor's reply; errors of the graph and format details appear there.</param>
/// <param name="RaiseSignal">Sends the process a signal; null for a host that has none of its own.</param>
public sealed record QemuIoOutput(TextWriter Standard, TextWriter Error, StringBuilder Monitor, Action<int>? RaiseSignal = null);
