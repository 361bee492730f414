namespace QmpHost.Commands.HumanMonitor;

/// <summary>cont: resume emulation.</summary>
internal sealed class ContCommand : HmpCommand
{
    public override string Name => "cont";

    public override string ShortName => "c";

    public override string Description => "resume emulation";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        return GuestStop.ContinueAsync(context.Host);
    }
}
