namespace QmpHost.Commands.QemuIo;

/// <summary>sigraise: the process sends itself a signal.</summary>
internal sealed class SigraiseCommand : QemuIoCommand
{
    private const long MostSignals = 65;

    public override string Name => "sigraise";

    public override string Arguments => "signal";

    public override string Description => "raises a signal";

    public override int MinArguments => 1;

    public override int MaxArguments => 1;

    public override string Details =>
        """

         raises the given signal

         Example:
         'sigraise 15' - raises SIGTERM

         Invokes raise(signal), where "signal" is the mandatory integer argument
         given to sigraise.

        """;

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        (long signal, string? error) = SizeText.Parse(arguments[0], context.Warn);
        if (error is not null)
        {
            context.Print(error);
        }
        else if (signal > MostSignals)
        {
            context.Print($"signal argument '{arguments[0]}' is too large to be a valid signal");
        }
        else
        {
            context.Raise(int.CreateChecked(signal));
        }

        return ValueTask.CompletedTask;
    }
}
