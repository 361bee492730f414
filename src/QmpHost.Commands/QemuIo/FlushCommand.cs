using QmpHost.Block.Core;

namespace QmpHost.Commands.QemuIo;

/// <summary>flush: makes everything written stable.</summary>
internal sealed class FlushCommand : QemuIoCommand
{
    public override string Name => "flush";

    public override string ShortName => "f";

    public override string Description => "flush all in-core file state to disk";

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        try
        {
            await context.Backend.FlushAsync();
        }
        catch (BlockIOException)
        {
            // The command reports nothing: its failure shows in the exit status of a process, which a monitor has not.
        }
    }
}
