using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>aio_read: a vectored read that runs on while further commands are taken.</summary>
internal sealed class AioReadCommand : QemuIoCommand
{
    public override string Name => "aio_read";

    public override string Arguments => "[-Ciqv] [-P pattern] off len [len..]";

    public override string Description => "asynchronously reads a number of bytes";

    public override int MinArguments => 2;

    public override int MaxArguments => -1;

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (ParseOptions(context, "CP:iqv", arguments) is not { } options)
        {
            return ValueTask.CompletedTask;
        }

        if (options.Has('i'))
        {
            context.Print("injecting invalid read request");
            context.Backend.Accounting.Invalid(AccountingType.Read);
            return ValueTask.CompletedTask;
        }

        if (VectoredRead.Parse(this, context, options) is { } request)
        {
            context.Track((request with { IsAccounted = true }).ExecuteAsync(context, "readv failed"));
        }

        return ValueTask.CompletedTask;
    }
}
