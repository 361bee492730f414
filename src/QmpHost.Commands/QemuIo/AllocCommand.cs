using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>alloc: counts the allocated bytes of an area of the top layer.</summary>
internal sealed class AllocCommand : QemuIoCommand
{
    private const long DefaultCount = 512;

    public override string Name => "alloc";

    public override string ShortName => "a";

    public override string Arguments => "offset [count]";

    public override string Description => "checks if offset is allocated in the file";

    public override int MinArguments => 1;

    public override int MaxArguments => 2;

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        long count = DefaultCount;
        if (!TransferArguments.TryParse(context, arguments[0], out long start)
            || (arguments.Count == 2 && !TransferArguments.TryParse(context, arguments[1], out count)))
        {
            return;
        }

        BlockChild child = context.Backend.Child;
        long end = Math.Max(start, Math.Min(child.Node.Length, count > long.MaxValue - start ? long.MaxValue : start + count));
        long allocated = 0;
        try
        {
            for (long offset = start; offset < end;)
            {
                BlockStatus status = await child.GetBlockStatusAsync(wantZero: false, offset, end - offset);
                if (status.Bytes == 0)
                {
                    break;
                }

                allocated += status.Flags.HasFlag(BlockStatusFlags.Allocated) ? status.Bytes : 0;
                offset += status.Bytes;
            }
        }
        catch (BlockIOException e)
        {
            context.Print($"is_allocated failed: {e.Errno.Describe()}");
            return;
        }

        context.Print($"{allocated}/{end - start} bytes allocated at offset {SizeText.Format(start)}");
    }
}
