using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>writev: a write whose length is given in parts.</summary>
internal sealed class WritevCommand : QemuIoCommand
{
    public override string Name => "writev";

    public override string Arguments => "[-Cfq] [-P pattern] off len [len..]";

    public override string Description => "writes a number of bytes at a specified offset";

    public override int MinArguments => 2;

    public override int MaxArguments => -1;

    public override BlockPermissions Permissions => BlockPermissions.Write;

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (ParseOptions(context, "CfqP:", arguments) is { } options
            && VectoredWrite.Parse(this, context, options) is { } request)
        {
            await request.ExecuteAsync(context, "writev failed");
        }
    }
}
