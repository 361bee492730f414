namespace QmpHost.Sessions;

/// <summary>The command line that every session shares: no devices, no display, stopped, one socket for each monitor.</summary>
public static class SessionCommandLine
{
    /// <summary>All arguments after the program's name.</summary>
    public static IReadOnlyList<string> Build(SessionStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        var arguments = new List<string>();
        bool system = start.Program == SessionProgram.System;
        if (system)
        {
            arguments.AddRange(["-nodefaults", "-display", "none", "-vga", "none", "-accel", "tcg", "-S"]);
            if (!start.Arguments.Contains("-machine"))
            {
                arguments.AddRange(["-machine", "none"]);
            }
        }

        arguments.AddRange(start.Arguments);
        foreach (SessionMonitor monitor in start.Monitors)
        {
            string options = monitor.Options.Length == 0 ? string.Empty : "," + monitor.Options;
            arguments.AddRange(["--chardev", $"socket,id={monitor.Name},path={SocketPath(start, monitor)}"]);
            arguments.AddRange(system
                ? ["-mon", $"chardev={monitor.Name},mode=control{options}"]
                : ["--monitor", $"chardev={monitor.Name}{options}"]);
        }

        return arguments;
    }

    /// <summary>The socket on which the session listens for one monitor.</summary>
    public static string SocketPath(SessionStart start, SessionMonitor monitor)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(monitor);
        return Path.Combine(start.Directory, "monitor-" + monitor.Name);
    }
}
