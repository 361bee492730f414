using QmpHost.Block.Core;

namespace QmpHost.Commands.QemuIo;

/// <summary>length: prints the disk's length.</summary>
internal sealed class LengthCommand : QemuIoCommand
{
    public override string Name => "length";

    public override string ShortName => "l";

    public override string Description => "gets the length of the current file";

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        try
        {
            context.Backend.Node.EnsureMedium();
            context.Print(SizeText.Format(context.Backend.Node.Length));
        }
        catch (BlockIOException e)
        {
            context.Print($"getlength: {e.Errno.Describe()}");
        }

        return ValueTask.CompletedTask;
    }
}
