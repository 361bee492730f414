using System.Reflection;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace QmpHost.Protocol.Server;

/// <summary>The library's connection: hands requests to the session and replies to the message handler.</summary>
internal sealed class QmpServerRpc : JsonRpc
{
    // The library wants a method for each request; it is never called, since the dispatch is ours. Found by its name,
    // since a native program first sorts the addresses of all its methods to find the one of a delegate.
    private static readonly MethodInfo Placeholder
        = typeof(QmpServerRpc).GetMethod(nameof(NeverCalled), BindingFlags.Static | BindingFlags.NonPublic)!;

    private readonly QmpSession _session;

    public QmpServerRpc(QmpServerMessageHandler handler, QmpSession session)
        : base(handler)
    {
        _session = session;
        SynchronizationContext = null;
        CancellationStrategy = null;

        AddLocalRpcMethod(QmpServerFormatter.ExecuteMethod, Placeholder, target: null);
    }

    /// <summary>Sends a message that answers no request.</summary>
    public ValueTask NotifyAsync(JsonRpcRequest notification) => SendAsync(notification, CancellationToken.None);

    // Called by the read loop before it reads the next message.
    protected override ValueTask<JsonRpcMessage> DispatchRequestAsync(JsonRpcRequest request, TargetMethod targetMethod, CancellationToken cancellationToken)
    {
        var message = (QmpRequestMessage)request;
        _session.Arrive(message);
        return message.Reply;
    }

    private static void NeverCalled()
    {
    }
}
