using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>aio_flush: waits for all asynchronous requests; the statistics count it as a flush.</summary>
internal sealed class AioFlushCommand : QemuIoCommand
{
    public override string Name => "aio_flush";

    public override string Description => "completes all outstanding aio requests";

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        BlockAccounting accounting = context.Backend.Accounting;
        long started = accounting.Start();
        await context.WaitForPendingAsync();
        accounting.Done(AccountingType.Flush, 0, started);
    }
}
