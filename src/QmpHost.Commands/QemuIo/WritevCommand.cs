using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>writev: a write whose length is given in parts.</summary>
internal sealed class WritevCommand : QemuIoCommand
{
    public override string Name => "writev";

    public override string Arguments => "[-Cfq] [-P pattern] off len [len..]";

    public override string Description => "writes a number of bytes at a specified offset";

    public override string Details =>
        """

         writes a range of bytes from the given offset source from multiple buffers

         Example:
         'writev 512 1k 1k' - writes 2 kilobytes at 512 bytes into the open file

         Writes into a segment of the currently open file, using a buffer
         filled with a set pattern (0xcdcdcdcd).
         -P, -- use different pattern to fill file
         -C, -- report statistics in a machine parsable format
         -f, -- use Force Unit Access semantics
         -q, -- quiet mode, do not show I/O statistics

        """;

    public override int MinArguments => 2;

    public override int MaxArguments => -1;

    public override BlockPermissions Permissions => BlockPermissions.Write;

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (ParseOptions(context, "CfqP:", arguments, JudgePattern(context)) is { } options
            && VectoredWrite.Parse(this, context, options) is { } request)
        {
            await request.ExecuteAsync(context, "writev failed");
        }
    }
}
