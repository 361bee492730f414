namespace QmpHost.Commands.QemuIo;

/// <summary>readv: a read whose length is given in parts.</summary>
internal sealed class ReadvCommand : QemuIoCommand
{
    public override string Name => "readv";

    public override string Arguments => "[-Cqv] [-P pattern] off len [len..]";

    public override string Description => "reads a number of bytes at a specified offset";

    public override int MinArguments => 2;

    public override int MaxArguments => -1;

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (ParseOptions(context, "CP:qv", arguments) is { } options
            && VectoredRead.Parse(this, context, options) is { } request)
        {
            await request.ExecuteAsync(context, "readv failed");
        }
    }
}
