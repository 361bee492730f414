using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace QmpHost.Protocol.Chardev;

/// <summary>A serial or parallel port of the computer, closed with the connection.</summary>
internal sealed class PortConnection : CharacterConnection
{
    private readonly SafeFileHandle _port;
    private readonly TerminalStream _stream;

    public PortConnection(SafeFileHandle port)
    {
        _port = port;
        _stream = new TerminalStream(port);
        Input = PipeReader.Create(_stream);
        Output = PipeWriter.Create(_stream);
    }

    public override PipeReader Input { get; }

    public override PipeWriter Output { get; }

    protected override async ValueTask CloseAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        _port.Dispose();
    }
}
