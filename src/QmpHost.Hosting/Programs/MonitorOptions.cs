using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Programs;

/// <summary>A monitor as a command line asks for it.</summary>
/// <param name="Chardev">The character device's id.</param>
/// <param name="IsControl">Whether it speaks QMP; the human monitor otherwise.</param>
/// <param name="Pretty">Whether messages are spread over several lines.</param>
internal sealed record MonitorOptions(string Chardev, bool IsControl, bool Pretty)
{
    /// <summary>Reads a --monitor or -mon option.</summary>
    /// <param name="option">The option.</param>
    /// <param name="defaultMode">The mode where none is given.</param>
    /// <exception cref="CommandLineException">The value is wrong.</exception>
    /// <returns>The monitor.</returns>
    public static MonitorOptions Parse(GivenOption option, string defaultMode)
    {
        try
        {
            QemuOpts opts = QemuOpts.Parse(option.Value, "chardev");
            opts.RejectUnknown("chardev", "mode", "pretty", "id");
            string mode = opts["mode"] ?? defaultMode;
            if (mode is not ("control" or "readline"))
            {
                throw new CommandLineException($"Parameter 'mode' does not accept value '{mode}'");
            }

            bool pretty = opts.GetBool("pretty", false);
            if (pretty && mode != "control")
            {
                throw new CommandLineException("'pretty' is not compatible with HMP monitors");
            }

            return new MonitorOptions(opts["chardev"] ?? throw new CommandLineException("Parameter 'chardev' is missing"), mode == "control", pretty);
        }
        catch (CommandLineException e)
        {
            throw new CommandLineException($"{option.Text}: {e.Message}");
        }
    }
}
