namespace QmpHost.Sessions;

/// <summary>Names of <see cref="SessionProgram"/> in session files, transcripts and on command lines.</summary>
public static class SessionProgramNames
{
    /// <summary>The name in session files and the subcommand of <c>qmphost</c>: <c>system</c> or <c>storage-daemon</c>.</summary>
    public static string ToName(this SessionProgram program) =>
        program == SessionProgram.System ? "system" : "storage-daemon";

    /// <summary>The reverse of <see cref="ToName"/>; false for any other word.</summary>
    public static bool TryParse(string name, out SessionProgram program)
    {
        program = name == "storage-daemon" ? SessionProgram.StorageDaemon : SessionProgram.System;
        return name is "system" or "storage-daemon";
    }
}
