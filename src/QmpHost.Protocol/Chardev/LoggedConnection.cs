using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace QmpHost.Protocol.Chardev;

/// <summary>A connection whose output is copied to a log.</summary>
internal sealed class LoggedConnection(CharacterConnection inner, CharacterDeviceLog log) : CharacterConnection
{
    public override PipeReader Input => inner.Input;

    public override PipeWriter Output { get; } = new LoggedWriter(inner.Output, log);

    public override bool IsHungUp => inner.IsHungUp;

    public override bool OutlivesInput => inner.OutlivesInput;

    public override SafeFileHandle? TakeDescriptor() => inner.TakeDescriptor();

    protected override ValueTask CloseAsync() => inner.DisposeAsync();

    private sealed class LoggedWriter(PipeWriter output, CharacterDeviceLog log) : PipeWriter
    {
        private Memory<byte> _offered;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _offered = output.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override void Advance(int bytes)
        {
            log.Write(_offered.Span[..bytes]);
            _offered = _offered[bytes..];
            output.Advance(bytes);
        }

        public override void CancelPendingFlush() => output.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => output.Complete(exception);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => output.FlushAsync(cancellationToken);
    }
}
