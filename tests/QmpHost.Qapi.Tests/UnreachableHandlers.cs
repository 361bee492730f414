using System.Reflection;
using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi.Tests;

/// <summary>Handlers for a command table whose commands must all fail before a handler is called.</summary>
public class UnreachableHandlers : DispatchProxy
{
    /// <summary>Makes a table without a single working command.</summary>
    public static CommandTable CreateTable()
    {
        ConstructorInfo constructor = typeof(CommandTable).GetConstructors().Single();
        object[] handlers = constructor.GetParameters()
            .Select(p => Create(p.ParameterType, typeof(UnreachableHandlers)))
            .ToArray();
        return (CommandTable)constructor.Invoke(handlers);
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        throw new InvalidOperationException($"{targetMethod?.Name} was called.");
}
