namespace QmpHost.Qapi;

/// <summary>The programs whose command sets a host can show.</summary>
[Flags]
public enum QmpProgram
{
    /// <summary>Neither.</summary>
    None = 0,

    /// <summary>The system emulator.</summary>
    System = 1,

    /// <summary>The storage daemon.</summary>
    StorageDaemon = 2,
}
