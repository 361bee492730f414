using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/introspect.json.</summary>
public sealed class IntrospectCommandHandler : IIntrospectCommands
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SchemaInfo>> QueryQmpSchemaAsync(CommandContext context)
        => ValueTask.FromResult(QapiIntrospection.List(context.Profile, context.Program));
}
