namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>What a file operation does.</summary>
internal enum FileOperationKind
{
    Read,
    Write,
    Call,
}
