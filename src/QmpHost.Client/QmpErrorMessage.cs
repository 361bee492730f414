using QmpHost.Qapi;
using StreamJsonRpc.Protocol;

namespace QmpHost.Client;

/// <summary>An error reply, as the library's error.</summary>
internal sealed class QmpErrorMessage : JsonRpcError
{
    public QmpErrorMessage(QmpErrorClass errorClass, string description)
    {
        ErrorClass = errorClass;
        Error = new ErrorDetail { Code = JsonRpcErrorCode.InvocationError, Message = description };
    }

    public QmpErrorClass ErrorClass { get; }
}
