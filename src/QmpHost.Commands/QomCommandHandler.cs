using QmpHost.Commands.Hosting;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/qom.json.</summary>
/// <param name="host">The host.</param>
public sealed class QomCommandHandler(HostServices host) : IQomCommands
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ObjectPropertyInfo>> QomListAsync(QomListArguments arguments, CommandContext context)
    {
        IReadOnlyList<ObjectPropertyInfo> properties =
            [.. host.Tree.List(arguments.Path).Select(property => new ObjectPropertyInfo { Name = property.Name, Type = property.Type })];
        return ValueTask.FromResult(properties);
    }

    /// <inheritdoc/>
    public ValueTask<QObject> QomGetAsync(QomGetArguments arguments, CommandContext context)
        => ValueTask.FromResult(host.Tree.GetProperty(arguments.Path, arguments.Property));

    /// <inheritdoc/>
    public ValueTask QomSetAsync(QomSetArguments arguments, CommandContext context)
        => host.Tree.SetPropertyAsync(arguments.Path, arguments.Property, arguments.Value);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ObjectTypeInfo>> QomListTypesAsync(QomListTypesArguments arguments, CommandContext context)
    {
        host.HasLoadedModules = true;
        return ValueTask.FromResult<IReadOnlyList<ObjectTypeInfo>>(
            [.. TypeFacts.Of(context.Profile, host.Identity.Program).List(arguments.Implements, arguments.Abstract ?? false)]);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ObjectPropertyInfo>> QomListPropertiesAsync(QomListPropertiesArguments arguments, CommandContext context)
        => ValueTask.FromResult(TypeFacts.Of(context.Profile, host.Identity.Program).ListProperties(arguments.Typename));

    /// <inheritdoc/>
    public async ValueTask ObjectAddAsync(ObjectOptions arguments, CommandContext context)
        => await host.Objects.AddAsync(arguments, context.Profile);

    /// <inheritdoc/>
    public ValueTask ObjectDelAsync(ObjectDelArguments arguments, CommandContext context)
    {
        host.Objects.Delete(arguments.Id, context.Session?.Monitor);
        return ValueTask.CompletedTask;
    }
}
