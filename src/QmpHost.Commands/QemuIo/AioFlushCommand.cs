namespace QmpHost.Commands.QemuIo;

/// <summary>aio_flush: waits for all asynchronous requests.</summary>
internal sealed class AioFlushCommand : QemuIoCommand
{
    public override string Name => "aio_flush";

    public override string Description => "completes all outstanding aio requests";

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments) => context.WaitForPendingAsync();
}
