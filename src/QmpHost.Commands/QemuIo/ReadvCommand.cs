namespace QmpHost.Commands.QemuIo;

/// <summary>readv: a read whose length is given in parts.</summary>
internal sealed class ReadvCommand : QemuIoCommand
{
    public override string Name => "readv";

    public override string Arguments => "[-Cqv] [-P pattern] off len [len..]";

    public override string Description => "reads a number of bytes at a specified offset";

    public override string Details =>
        """

         reads a range of bytes from the given offset into multiple buffers

         Example:
         'readv -v 512 1k 1k ' - dumps 2 kilobytes read from 512 bytes into the file

         Reads a segment of the currently open file, optionally dumping it to the
         standard output stream (with -v option) for subsequent inspection.
         Uses multiple iovec buffers if more than one byte range is specified.
         -C, -- report statistics in a machine parsable format
         -P, -- use a pattern to verify read data
         -v, -- dump buffer to standard output
         -q, -- quiet mode, do not show I/O statistics

        """;

    public override int MinArguments => 2;

    public override int MaxArguments => -1;

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (ParseOptions(context, "CP:qv", arguments, JudgePattern(context)) is { } options
            && VectoredRead.Parse(this, context, options) is { } request)
        {
            await request.ExecuteAsync(context, "readv failed");
        }
    }
}
