using System.Runtime.InteropServices;
using QmpHost.Qapi;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace QmpHost.Client;

/// <summary>The library's connection: matches replies with requests, and hands events on in the order in which they came.</summary>
internal sealed class QmpClientRpc : JsonRpc
{
    private readonly Action<QmpEvent> _onEvent;

    public QmpClientRpc(QmpClientMessageHandler handler, Action<QmpEvent> onEvent)
        : base(handler)
    {
        _onEvent = onEvent;

        // QMP knows no cancellation, and an unknown request would only be answered by an error.
        CancellationStrategy = null;
        AddLocalRpcMethod(QmpClientFormatter.EventMethod, static () => { });
    }

    public Task<QObject> ExecuteAsync(string command, QDict? arguments, bool oob, IReadOnlyList<SafeHandle> descriptors) =>
        InvokeCoreAsync<QObject>(CreateNewRequestId(), command, [arguments, oob ? QBool.True : QBool.False, descriptors], CancellationToken.None);

    // Called by the read loop before it reads the next message, so that the order of events and replies is kept.
    protected override ValueTask<JsonRpcMessage> DispatchRequestAsync(JsonRpcRequest request, TargetMethod targetMethod, CancellationToken cancellationToken)
    {
        _onEvent(((QmpEventMessage)request).Event);
        return new ValueTask<JsonRpcMessage>(new JsonRpcResult());
    }

    protected override RemoteRpcException CreateExceptionFromRpcError(JsonRpcRequest request, JsonRpcError response) =>
        new QmpRemoteException(((QmpErrorMessage)response).ErrorClass, response.Error!.Message ?? string.Empty);

    protected override Type? GetErrorDetailsDataType(JsonRpcError error) => null;
}
