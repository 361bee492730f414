using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>aio_write: a vectored write that runs on while further commands are taken.</summary>
internal sealed class AioWriteCommand : QemuIoCommand
{
    public override string Name => "aio_write";

    public override string Arguments => "[-Cfiquz] [-P pattern] off len [len..]";

    public override string Description => "asynchronously writes a number of bytes";

    public override int MinArguments => 2;

    public override int MaxArguments => -1;

    public override BlockPermissions Permissions => BlockPermissions.Write;

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (ParseOptions(context, "CfiP:quz", arguments) is not { } options)
        {
            return ValueTask.CompletedTask;
        }

        if (options.Has('i'))
        {
            context.Print("injecting invalid write request");
            context.Backend.Accounting.Invalid(AccountingType.Write);
            return ValueTask.CompletedTask;
        }

        if (VectoredWrite.Parse(this, context, options) is { } request)
        {
            context.Track((request with { IsAccounted = true }).ExecuteAsync(context, "aio_write failed"));
        }

        return ValueTask.CompletedTask;
    }
}
