using System.Globalization;

namespace QmpHost.Commands.QemuIo;

/// <summary>sleep: waits on the host's clock.</summary>
internal sealed class SleepCommand : QemuIoCommand
{
    public override string Name => "sleep";

    public override string Description => "waits for the given value in milliseconds";

    public override int MinArguments => 1;

    public override int MaxArguments => 1;

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        if (!uint.TryParse(arguments[0], NumberStyles.None, CultureInfo.InvariantCulture, out uint milliseconds))
        {
            context.Print($"{arguments[0]} is not a valid number");
            return;
        }

        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), context.Clock);
    }
}
