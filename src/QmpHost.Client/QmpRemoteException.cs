using QmpHost.Qapi;
using StreamJsonRpc;

namespace QmpHost.Client;

/// <summary>Carries an error reply through the library to the caller.</summary>
internal sealed class QmpRemoteException(QmpErrorClass errorClass, string message) : RemoteRpcException(message)
{
    public QmpErrorClass ErrorClass { get; } = errorClass;
}
