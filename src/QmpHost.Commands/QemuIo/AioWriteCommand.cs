using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>aio_write: a vectored write that runs on while further commands are taken.</summary>
internal sealed class AioWriteCommand : QemuIoCommand
{
    public override string Name => "aio_write";

    public override string Arguments => "[-Cfiquz] [-P pattern] off len [len..]";

    public override string Description => "asynchronously writes a number of bytes";

    public override string Details =>
        """

         asynchronously writes a range of bytes from the given offset source
         from multiple buffers

         Example:
         'aio_write 512 1k 1k' - writes 2 kilobytes at 512 bytes into the open file

         Writes into a segment of the currently open file, using a buffer
         filled with a set pattern (0xcdcdcdcd).
         The write is performed asynchronously and the aio_flush command must be
         used to ensure all outstanding aio requests have been completed.
         Note that due to its asynchronous nature, this command will be
         considered successful once the request is submitted, independently
         of potential I/O errors or pattern mismatches.
         -P, -- use different pattern to fill file
         -C, -- report statistics in a machine parsable format
         -f, -- use Force Unit Access semantics
         -i, -- treat request as invalid, for exercising stats
         -q, -- quiet mode, do not show I/O statistics
         -u, -- with -z, allow unmapping
         -z, -- write zeroes using blk_aio_pwrite_zeroes

        """;

    public override int MinArguments => 2;

    public override int MaxArguments => -1;

    public override BlockPermissions Permissions => BlockPermissions.Write;

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (ParseOptions(context, "CfiP:quz", arguments, JudgePattern(context)) is not { } options)
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
