using System.IO.Pipelines;
using System.Reflection;
using System.Text.Json.Nodes;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace QmpHost.Control.Rpc;

/// <summary>A client of the control interface: one message on a line, in both directions. Calls that wait hold up none that follow.</summary>
internal sealed class ControlConnection : JsonRpc
{
    private static readonly MethodInfo Placeholder
        = typeof(ControlConnection).GetMethod(nameof(NeverCalled), BindingFlags.Static | BindingFlags.NonPublic)!;

    private readonly ControlInterface _interface;
    private readonly CancellationTokenSource _gone = new();
    private readonly HashSet<string> _topics = new(StringComparer.Ordinal);

    public ControlConnection(IDuplexPipe pipe, Func<bool> isHungUp, ControlInterface controlInterface)
        : base(new ControlMessageHandler(
            new NewLineDelimitedMessageHandler(pipe, new ControlFormatter()) { NewLine = NewLineDelimitedMessageHandler.NewLineStyle.Lf }, isHungUp))
    {
        _interface = controlInterface;
        SynchronizationContext = null;
        CancellationStrategy = null;
        Disconnected += (_, _) => _gone.Cancel();
        AddLocalRpcMethod(ControlRequest.LibraryMethod, Placeholder, target: null);
    }

    /// <summary>Wants to be told of some kinds of things from now on, or no longer.</summary>
    public void Subscribe(IEnumerable<string> topics, bool wants)
    {
        lock (_topics)
        {
            foreach (string topic in topics)
            {
                _ = wants ? _topics.Add(topic) : _topics.Remove(topic);
            }
        }
    }

    /// <summary>Tells the client of something if it wants to know.</summary>
    public void Tell(string topic, JsonObject content)
    {
        lock (_topics)
        {
            if (!_topics.Contains(topic))
            {
                return;
            }
        }

        _ = SendSafelyAsync(new ControlNotification(topic, content));
    }

    protected override async ValueTask<JsonRpcMessage> DispatchRequestAsync(JsonRpcRequest request, TargetMethod targetMethod, CancellationToken cancellationToken)
    {
        var call = (ControlRequest)request;
        await Task.Yield();
        try
        {
            if (call.Mistake is { } mistake)
            {
                throw mistake;
            }

            return new JsonRpcResult { RequestId = request.RequestId, Result = await _interface.CallAsync(call.Called, call.Parameters, this, _gone.Token) };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            ControlException error = ControlInterface.Translate(e);
            return new JsonRpcError
            {
                RequestId = request.RequestId,
                Error = new JsonRpcError.ErrorDetail { Code = (JsonRpcErrorCode)error.Code, Message = error.Message, Data = error.Details },
            };
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _gone.Cancel();
        }
    }

    private static void NeverCalled()
    {
    }

    private async Task SendSafelyAsync(ControlNotification notification)
    {
        try
        {
            await SendAsync(notification, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or ConnectionLostException)
        {
            // The client is gone.
        }
    }
}
