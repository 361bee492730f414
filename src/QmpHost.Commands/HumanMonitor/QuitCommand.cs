using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>quit: quit the emulator.</summary>
internal sealed class QuitCommand : HmpCommand
{
    public override string Name => "quit";

    public override string ShortName => "q";

    public override string Description => "quit the emulator";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        context.Host.Shutdown.TryRequest(ShutdownCause.HostQmpQuit);
        return ValueTask.CompletedTask;
    }
}
