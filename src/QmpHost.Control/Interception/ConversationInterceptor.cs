using QmpHost.Control.Gates;
using QmpHost.Control.Rules;
using QmpHost.Protocol.Server.Interception;
using QmpHost.Qapi;

namespace QmpHost.Control.Interception;

/// <summary>What a host's control does with the conversations of its clients.</summary>
internal sealed class ConversationInterceptor(HostControl control) : QmpInterceptor
{
    public override void OnConnected(IQmpPeer peer)
    {
        control.Record.NoteConnection(peer, isThere: true);
        control.Rules.SetWire(peer);
    }

    public override void OnDisconnected(IQmpPeer peer) => control.Record.NoteConnection(peer, isThere: false);

    public override IReadOnlyList<QapiEvent> BeforeGreeting(IQmpPeer peer) => control.Rules.Greet(peer);

    public override async ValueTask<QmpCommandVerdict> BeforeCommandAsync(IQmpPeer peer, QmpCommand command)
    {
        control.Record.NoteCommand(peer, command);
        if (control.Exploration is { } exploration)
        {
            await exploration.HesitateAsync();
        }

        if (control.Gates.Meet(peer, command, isReply: false) is { } gate)
        {
            await gate.Opened;
        }

        return await control.Rules.JudgeAsync(peer, command);
    }

    public override async ValueTask<QmpReplyVerdict> BeforeReplyAsync(IQmpPeer peer, QmpCommand command, string? error)
    {
        if (control.Gates.Meet(peer, command, isReply: true) is { } gate)
        {
            await gate.Opened;
        }

        return await control.Rules.JudgeReplyAsync(peer, command);
    }

    public override QmpEventVerdict OnEvent(IQmpPeer peer, QapiEvent qapiEvent) => control.Rules.Judge(peer, qapiEvent);

    public override void OnWritten(IQmpPeer peer, QmpMessageSort sort, ReadOnlySpan<byte> text)
    {
        control.Record.NoteMessage(peer, text);
        (peer.Wire as MergingWire)?.Count();
    }

    public override void LetGo()
    {
        control.Rules.LetGo();
        control.Gates.LetGo();
    }
}
