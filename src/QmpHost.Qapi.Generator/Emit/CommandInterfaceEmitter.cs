using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits the interface that handles the commands of one domain.</summary>
internal static class CommandInterfaceEmitter
{
    public static string Emit(Domain domain)
    {
        var code = new CodeWriter();
        code.Summary(domain.Documentation.Length > 0 ? domain.Documentation : $"Handles the commands of `{domain.Name}`.");
        code.Line("/// <remarks>Handlers run on the host's event loop. A QmpException becomes the error reply.</remarks>");
        code.Open($"public interface {Names.CommandInterface(domain.Name)}");
        foreach (CommandDefinition command in domain.Definitions.OfType<CommandDefinition>())
        {
            code.Summary($"`{command.Name}`: {Docs.OfType(command)}");
            code.Line($"{ReturnType(command)} {Names.Method(command.Name)}({ArgumentParameter(command)}global::QmpHost.Qapi.CommandContext context);");
            code.Line();
        }

        code.Close();
        return code.ToString();
    }

    public static string? ArgumentType(CommandDefinition command) => command switch
    {
        { IsTyped: false } => "global::QmpHost.Qapi.QDict",
        { Data: { } named } => named.Name,
        { Members.Count: > 0 } => Names.Arguments(command.Name),
        _ => null,
    };

    private static string ArgumentParameter(CommandDefinition command) => ArgumentType(command) is { } type ? type + " arguments, " : string.Empty;

    private static string ReturnType(CommandDefinition command) => command.Returns is { } type
        ? $"global::System.Threading.Tasks.ValueTask<{TypeMap.CSharp(type)}>"
        : "global::System.Threading.Tasks.ValueTask";
}
