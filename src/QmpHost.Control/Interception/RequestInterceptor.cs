using QmpHost.Block.Core;
using QmpHost.Block.Graph.Interception;
using QmpHost.Control.Exploring;
using QmpHost.Control.Gates;

namespace QmpHost.Control.Interception;

/// <summary>What a host's control does with requests to nodes. Used on the host's loop only.</summary>
internal sealed class RequestInterceptor(HostControl control) : IRequestInterceptor
{
    public ValueTask<RequestVerdict> BeforeAsync(NodeRequest request)
    {
        if (control.IsDead)
        {
            return ValueTask.FromResult(AfterDeath(request));
        }

        return control.Exploration is { } exploration ? HesitateAsync(exploration, request) : JudgeAsync(request);
    }

    private async ValueTask<RequestVerdict> HesitateAsync(Exploration exploration, NodeRequest request)
    {
        await exploration.HesitateAsync();
        return await JudgeAsync(request);
    }

    private ValueTask<RequestVerdict> JudgeAsync(NodeRequest request)
    {
        Gate? gate = control.Gates.Meet(request);
        ValueTask<RequestVerdict> verdict = gate is null ? control.Rules.JudgeAsync(request) : HoldAsync(gate, request);
        return control.Unflushed.IsOn || !verdict.IsCompleted ? NoteAsync(request, verdict) : verdict;
    }

    public void Ended(NodeRequest request, Errno outcome)
    {
        if (request.Kind == NodeRequestKind.Flush && outcome == Errno.None && !control.IsDead)
        {
            control.Unflushed.NoteFlush(request.Node);
        }
    }

    public void LetGo()
    {
        control.Rules.LetGo();
        control.Gates.LetGo();
    }

    // What a dead process would write does not reach the file; what it closes it may read.
    private static RequestVerdict AfterDeath(NodeRequest request)
        => request.Node.Driver.Descriptor.IsProtocol && request.Kind is not (NodeRequestKind.Read or NodeRequestKind.BlockStatus)
            ? RequestVerdict.Short(0)
            : default;

    private async ValueTask<RequestVerdict> HoldAsync(Gate gate, NodeRequest request)
    {
        await gate.Opened;
        return control.IsDead ? AfterDeath(request) : await control.Rules.JudgeAsync(request);
    }

    private async ValueTask<RequestVerdict> NoteAsync(NodeRequest request, ValueTask<RequestVerdict> verdict)
    {
        RequestVerdict result = await verdict;
        if (control.IsDead)
        {
            return AfterDeath(request);
        }

        if (control.Unflushed.IsOn && result.Reaches > 0)
        {
            await control.Unflushed.NoteAsync(request);
        }

        return result;
    }
}
