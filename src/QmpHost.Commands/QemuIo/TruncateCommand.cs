using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.QemuIo;

/// <summary>truncate: changes the disk's length.</summary>
internal sealed class TruncateCommand : QemuIoCommand
{
    public override string Name => "truncate";

    public override string ShortName => "t";

    public override string Arguments => "[-m prealloc_mode] off";

    public override string Description => "truncates the current file at the given offset";

    public override int MinArguments => 1;

    public override int MaxArguments => 3;

    public override BlockPermissions Permissions => BlockPermissions.Write | BlockPermissions.Resize;

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (ParseOptions(context, "m:", arguments, static (_, value) => PreallocModeEnum.TryParse(value, out PreallocMode _)
            ? true
            : throw new QmpException($"Invalid preallocation mode '{value}'")) is not { } options)
        {
            return;
        }

        PreallocMode mode = PreallocMode.Off;
        if (options.Options.TryGetValue('m', out string? text))
        {
            _ = PreallocModeEnum.TryParse(text, out mode);
        }

        if (options.Operands.Count == 0 || !TransferArguments.TryParse(context, options.Operands[0], out long length))
        {
            return;
        }

        await context.Backend.Child.TruncateAsync(length, exact: false, mode);
    }
}
