namespace QmpHost.Block.Tests.Drivers.Qcow2;

internal enum OperationKind
{
    Write,
    Zero,
    Discard,
    Compress,
    Read,
    Flush,
}
