using System.Globalization;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>info history: show the command line history.</summary>
internal sealed class InfoHistoryCommand : HmpCommand
{
    public override string Name => "info history";

    public override string Description => "show the command line history";

    public override ValueTask ExecuteAsync(HmpContext context, HmpArgumentReader arguments)
    {
        arguments.ExpectEnd();
        for (int i = 0; i < context.History.Count; i++)
        {
            context.Reply.Append(CultureInfo.InvariantCulture, $"{i}: '{context.History[i]}'\n");
        }

        return ValueTask.CompletedTask;
    }
}
