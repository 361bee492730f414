using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>quit: quit the emulator.</summary>
internal sealed class QuitCommand : HmpCommand
{
    public override string Name => "quit";

    public override string ShortName => "q";

    public override string Description => "quit the emulator";

    public override async ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        await context.Host.QuitAsync();
    }
}
