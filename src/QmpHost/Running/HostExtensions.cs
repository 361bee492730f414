using QmpHost.Control.Recording;
using QmpHost.Control.Rpc;
using QmpHost.Hosting;

namespace QmpHost.Running;

/// <summary>What the two programs have that QEMU has not, by its option.</summary>
internal static class HostExtensions
{
    /// <summary>Opens it for a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="option">"control" or "log-qmp".</param>
    /// <param name="value">The option's value; %p in it stands for the number of the process.</param>
    /// <returns>A task with what is disposed at the host's end.</returns>
    public static async Task<IAsyncDisposable> OpenAsync(BlockHost host, string option, string value)
    {
        string place = value.Replace("%p", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return option == "control" ? ControlServer.Serve(host, place) : await QmpLog.StartAsync(host, place);
    }
}
