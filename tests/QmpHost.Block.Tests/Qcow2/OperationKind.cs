namespace QmpHost.Block.Tests.Qcow2;

internal enum OperationKind
{
    Write,
    Zero,
    Discard,
    Compress,
    Read,
    Flush,
}
