using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs;

/// <summary>A monitor as a command line asks for it.</summary>
/// <param name="Chardev">The character device's id.</param>
/// <param name="IsControl">Whether it speaks QMP; the human monitor otherwise.</param>
/// <param name="Pretty">Whether messages are spread over several lines.</param>
internal sealed record MonitorOption(string Chardev, bool IsControl, bool Pretty)
{
    /// <summary>The monitor's name, or null.</summary>
    public string? Id { get; init; }

    /// <summary>Reads the system emulator's -mon option.</summary>
    /// <param name="opts">Keys and values.</param>
    /// <exception cref="CommandLineException">A value is wrong.</exception>
    /// <returns>The monitor.</returns>
    public static MonitorOption OfSystem(QemuOpts opts)
    {
        string mode = opts["mode"] ?? "readline";
        if (mode is not ("control" or "readline"))
        {
            throw new CommandLineException($"Parameter 'mode' does not accept value '{mode}'");
        }

        bool pretty = opts.GetBool("pretty", false);
        if (pretty && mode != "control")
        {
            throw new CommandLineException("'pretty' is not compatible with HMP monitors");
        }

        return new MonitorOption(opts["chardev"] ?? throw new CommandLineException("Parameter 'chardev' is missing"), mode == "control", pretty) { Id = opts["id"] };
    }

    /// <summary>Takes the storage daemon's --monitor option, which has no human monitor.</summary>
    /// <param name="options">The options.</param>
    /// <exception cref="CommandLineException">It asks for the human monitor.</exception>
    /// <returns>The monitor.</returns>
    public static MonitorOption OfStorageDaemon(MonitorOptions options)
        => options.Mode == MonitorMode.Readline
            ? throw new CommandLineException("Only QMP is supported")
            : new MonitorOption(options.Chardev, IsControl: true, options.Pretty == true) { Id = options.Id };
}
