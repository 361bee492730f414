using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/trace.json.</summary>
/// <param name="host">The host.</param>
public sealed class TraceCommandHandler(HostServices host) : ITraceCommands
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TraceEventInfo>> TraceEventGetStateAsync(TraceEventGetStateArguments arguments, CommandContext context)
    {
        IReadOnlyList<(string Name, bool IsEnabled)> found = Find(arguments.Name, arguments.Vcpu);
        return ValueTask.FromResult<IReadOnlyList<TraceEventInfo>>([.. found.Select(static item => new TraceEventInfo
        {
            Name = item.Name,
            State = item.IsEnabled ? TraceEventState.Enabled : TraceEventState.Disabled,
            Vcpu = false,
        })]);
    }

    /// <inheritdoc/>
    public ValueTask TraceEventSetStateAsync(TraceEventSetStateArguments arguments, CommandContext context)
    {
        _ = Find(arguments.Name, arguments.Vcpu);
        host.TraceEvents.Set(arguments.Name, arguments.Enable);
        return ValueTask.CompletedTask;
    }

    // No event is about one processor.
    private IReadOnlyList<(string Name, bool IsEnabled)> Find(string pattern, long? processor)
    {
        // Of a number, 32 bits count.
        if (processor is { } index && unchecked((uint)index) >= host.Processors.Count)
        {
            throw new QmpException($"invalid vCPU index {unchecked((uint)index)}");
        }

        IReadOnlyList<(string Name, bool IsEnabled)> found = host.TraceEvents.Find(pattern);
        return processor is null || found.Count == 0 ? found : throw new QmpException($"event \"{found[0].Name}\" is not vCPU-specific");
    }
}
