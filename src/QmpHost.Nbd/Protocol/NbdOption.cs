namespace QmpHost.Nbd.Protocol;

/// <summary>Options of the negotiation.</summary>
public enum NbdOption : uint
{
    /// <summary>Chooses an export and ends the negotiation, without a way to report errors.</summary>
    ExportName = 1,

    /// <summary>Ends the session.</summary>
    Abort = 2,

    /// <summary>Lists the exports.</summary>
    List = 3,

    /// <summary>Switches to TLS.</summary>
    StartTls = 5,

    /// <summary>Asks about an export.</summary>
    Info = 6,

    /// <summary>Asks about an export and ends the negotiation.</summary>
    Go = 7,

    /// <summary>Asks for structured replies.</summary>
    StructuredReply = 8,

    /// <summary>Lists metadata contexts.</summary>
    ListMetaContext = 9,

    /// <summary>Selects metadata contexts.</summary>
    SetMetaContext = 10,

    /// <summary>Asks for <see cref="NbdFraming.Extended"/>.</summary>
    ExtendedHeaders = 11,
}
