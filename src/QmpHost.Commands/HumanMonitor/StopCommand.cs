namespace QmpHost.Commands.HumanMonitor;

/// <summary>stop: stop emulation.</summary>
internal sealed class StopCommand : HmpCommand
{
    public override string Name => "stop";

    public override string ShortName => "s";

    public override string Description => "stop emulation";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        return GuestStop.StopAsync(context.Host);
    }
}
