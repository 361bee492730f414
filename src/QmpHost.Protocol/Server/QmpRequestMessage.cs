using System.Reflection;
using System.Threading.Tasks.Sources;
using QmpHost.Protocol.Server.Interception;
using QmpHost.Qapi;
using StreamJsonRpc.Protocol;

namespace QmpHost.Protocol.Server;

/// <summary>A request, or a syntax error in its place, as the library's request; and the promise of its reply.</summary>
internal sealed class QmpRequestMessage : JsonRpcRequest, IValueTaskSource<JsonRpcMessage>
{
    private ManualResetValueTaskSourceCore<JsonRpcMessage> _reply;

    public QmpRequestMessage(QObject? content, string? syntaxError)
    {
        Content = content;
        SyntaxError = syntaxError;
        QmpId = QmpEnvelope.IdOf(content);
        IsOutOfBand = QmpEnvelope.IsOutOfBand(content);
        Method = QmpServerFormatter.ExecuteMethod;
    }

    /// <summary>The request; null if it could not be parsed.</summary>
    public QObject? Content { get; }

    /// <summary>Why the request could not be parsed.</summary>
    public string? SyntaxError { get; }

    /// <summary>The command that the client named; empty where it named none.</summary>
    public string CommandName => Content is QDict members
        ? ((members.TryGetValue("execute", out QObject? name) || members.TryGetValue("exec-oob", out name)) && name is QString text ? text.Value : string.Empty)
        : string.Empty;

    /// <summary>The client's name for the request, any JSON value or absent; beside the library's own number.</summary>
    public QObject? QmpId { get; }

    /// <summary>Whether it is to be executed out of band, if the session allows that.</summary>
    public bool IsOutOfBand { get; }

    /// <summary>What is answered instead of executing it, or null.</summary>
    public QmpCommandVerdict? Verdict { get; set; }

    /// <summary>Whether the reader counted it among the requests that wait.</summary>
    public bool IsCounted { get; set; }

    /// <summary>The reply to come; may be awaited once.</summary>
    public ValueTask<JsonRpcMessage> Reply => new(this, _reply.Version);

    public override int ArgumentCount => 0;

    /// <summary>The request as those see it who intercept conversations.</summary>
    public QmpCommand Describe()
        => new(CommandName, Content is QDict members && members.TryGetValue("arguments", out QObject? arguments) ? arguments as QDict : null, QmpId, IsOutOfBand, Content);

    /// <summary>Gives the reply to the library. It is written before this method returns, unless the stack was too deep.</summary>
    public void Complete(JsonRpcMessage reply)
    {
        ((IJsonRpcMessageWithId)reply).RequestId = RequestId;

        // Continuations run at once, on this thread, only where there is no synchronization context.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            _reply.SetResult(reply);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    public override ArgumentMatchResult TryGetTypedArguments(ReadOnlySpan<ParameterInfo> parameters, Span<object?> typedArguments) => ArgumentMatchResult.Success;

    JsonRpcMessage IValueTaskSource<JsonRpcMessage>.GetResult(short token) => _reply.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<JsonRpcMessage>.GetStatus(short token) => _reply.GetStatus(token);

    void IValueTaskSource<JsonRpcMessage>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _reply.OnCompleted(continuation, state, token, flags);
}
