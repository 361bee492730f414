using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;

namespace QmpHost.Protocol.Chardev;

/// <summary>A socket whose peer speaks telnet: its commands are taken out of what comes in.</summary>
internal sealed class TelnetConnection : CharacterConnection
{
    private static readonly byte[] Greeting = [0xff, 0xfb, 1, 0xff, 0xfb, 3, 0xff, 0xfb, 0, 0xff, 0xfd, 0];

    // Ends of records and bytes as they are, both ways, and the type of the terminal.
    private static readonly byte[] GreetingOf3270 =
        [0xff, 0xfd, 0x19, 0xff, 0xfb, 0x19, 0xff, 0xfd, 0, 0xff, 0xfb, 0, 0xff, 0xfd, 0x18, 0xff, 0xfa, 0x18, 1, 0xff, 0xf0];

    private readonly SocketConnection _inner;

    /// <summary>Makes a connection.</summary>
    /// <param name="inner">The socket.</param>
    /// <param name="greets">Whether this side says first what it wants: to echo, not to wait, bytes as they are.</param>
    /// <param name="is3270">Whether the peer is a terminal of type 3270.</param>
    public TelnetConnection(SocketConnection inner, bool greets, bool is3270 = false)
    {
        _inner = inner;
        Input = PipeReader.Create(new TelnetInput(inner.Input.AsStream(), is3270));
        if (greets)
        {
            byte[] greeting = is3270 ? GreetingOf3270 : Greeting;
            greeting.CopyTo(inner.Output.GetSpan(greeting.Length));
            inner.Output.Advance(greeting.Length);
            ValueTask<FlushResult> sent = inner.Output.FlushAsync();
            _ = sent.AsTask();
        }
    }

    public override PipeReader Input { get; }

    public override PipeWriter Output => _inner.Output;

    public override bool IsHungUp => _inner.IsHungUp;

    internal override Socket? Socket => _inner.Socket;

    public override SafeFileHandle? TakeDescriptor() => _inner.TakeDescriptor();

    protected override ValueTask CloseAsync() => _inner.DisposeAsync();
}
