namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>What a driver of host files serves.</summary>
internal enum HostFileKind
{
    /// <summary>Regular files.</summary>
    Regular,

    /// <summary>Devices.</summary>
    Device,

    /// <summary>CD drives, which may be empty.</summary>
    CdDrive,
}
