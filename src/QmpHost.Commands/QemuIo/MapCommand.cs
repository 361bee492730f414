using System.Globalization;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Commands.QemuIo;

/// <summary>map: lists allocated and unallocated areas of the top layer.</summary>
internal sealed class MapCommand : QemuIoCommand
{
    public override string Name => "map";

    public override string Arguments => string.Empty;

    public override string Description => "prints the allocated areas of a file";

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        BlockChild child = context.Backend.Child;
        if (!child.Node.HasMedium)
        {
            throw new QmpException("Failed to query image length: No medium found");
        }

        long length = child.Node.Length;
        if (length == 0)
        {
            return;
        }

        long start = 0;
        bool? previous = null;
        for (long offset = 0; offset < length;)
        {
            try
            {
                BlockStatus status = await child.GetBlockStatusAsync(wantZero: false, offset, length - offset);
                bool allocated = status.Flags.HasFlag(BlockStatusFlags.Allocated);
                if (previous is null || previous == allocated)
                {
                    previous = allocated;
                    offset += Math.Max(1, status.Bytes);
                    continue;
                }
            }
            catch (BlockIOException) when (previous is not null)
            {
                // What is known is shown first; what fails is then asked for once more.
            }
            catch (BlockIOException e)
            {
                throw new QmpException($"Failed to get allocation status: {e.Errno.Describe()}");
            }

            Print(context, start, offset - start, previous == true);
            start = offset;
            previous = null;
        }

        Print(context, start, length - start, previous == true);
    }

    private static void Print(QemuIoContext context, long start, long bytes, bool allocated)
        => context.Print(string.Create(
            CultureInfo.InvariantCulture,
            $"{SizeText.Format(bytes)} (0x{bytes:x}) bytes {(allocated ? "    allocated" : "not allocated")} at offset {SizeText.Format(start)} (0x{start:x})"));
}
