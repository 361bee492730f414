namespace QmpHost.Sessions;

/// <summary>The QEMU program whose command line and monitor a session speaks to.</summary>
public enum SessionProgram
{
    /// <summary><c>qemu-system-x86_64</c>, or <c>qmphost system</c>.</summary>
    System,

    /// <summary><c>qemu-storage-daemon</c>, or <c>qmphost storage-daemon</c>.</summary>
    StorageDaemon,
}
