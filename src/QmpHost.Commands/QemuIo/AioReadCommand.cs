using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>aio_read: a vectored read that runs on while further commands are taken.</summary>
internal sealed class AioReadCommand : QemuIoCommand
{
    public override string Name => "aio_read";

    public override string Arguments => "[-Ciqv] [-P pattern] off len [len..]";

    public override string Description => "asynchronously reads a number of bytes";

    public override string Details =>
        """

         asynchronously reads a range of bytes from the given offset

         Example:
         'aio_read -v 512 1k 1k ' - dumps 2 kilobytes read from 512 bytes into the file

         Reads a segment of the currently open file, optionally dumping it to the
         standard output stream (with -v option) for subsequent inspection.
         The read is performed asynchronously and the aio_flush command must be
         used to ensure all outstanding aio requests have been completed.
         Note that due to its asynchronous nature, this command will be
         considered successful once the request is submitted, independently
         of potential I/O errors or pattern mismatches.
         -C, -- report statistics in a machine parsable format
         -P, -- use a pattern to verify read data
         -i, -- treat request as invalid, for exercising stats
         -v, -- dump buffer to standard output
         -q, -- quiet mode, do not show I/O statistics

        """;

    public override int MinArguments => 2;

    public override int MaxArguments => -1;

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (ParseOptions(context, "CP:iqv", arguments, JudgePattern(context)) is not { } options)
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
