using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>How messages name options and commands.</summary>
internal static class NbdNames
{
    /// <summary>The name of an option.</summary>
    /// <param name="option">The option.</param>
    /// <returns>Its name.</returns>
    public static string Describe(NbdOption option) => option switch
    {
        NbdOption.ExportName => "export name",
        NbdOption.Abort => "abort",
        NbdOption.List => "list",
        NbdOption.StartTls => "starttls",
        NbdOption.Info => "info",
        NbdOption.Go => "go",
        NbdOption.StructuredReply => "structured reply",
        NbdOption.ListMetaContext => "list meta context",
        NbdOption.SetMetaContext => "set meta context",
        NbdOption.ExtendedHeaders => "extended headers",
        _ => "<unknown>",
    };

    /// <summary>The name of a command.</summary>
    /// <param name="command">The command.</param>
    /// <returns>Its name.</returns>
    public static string Describe(NbdCommand command) => command switch
    {
        NbdCommand.Read => "read",
        NbdCommand.Write => "write",
        NbdCommand.Disconnect => "disconnect",
        NbdCommand.Flush => "flush",
        NbdCommand.Trim => "trim",
        NbdCommand.Cache => "cache",
        NbdCommand.WriteZeroes => "write zeroes",
        NbdCommand.BlockStatus => "block status",
        _ => "<unknown>",
    };
}
