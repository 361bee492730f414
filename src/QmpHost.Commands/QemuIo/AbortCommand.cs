namespace QmpHost.Commands.QemuIo;

/// <summary>abort: ends the process as a crash does.</summary>
internal sealed class AbortCommand : QemuIoCommand
{
    private const int Sigabrt = 6;

    public override string Name => "abort";

    public override string Description => "simulate a program crash using abort(3)";

    public override ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        context.Raise(Sigabrt);
        return ValueTask.CompletedTask;
    }
}
