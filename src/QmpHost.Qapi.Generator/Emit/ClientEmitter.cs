using QmpHost.Qapi.Generator.Linking;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits the typed client: for each domain a type with a method for each command, and the table that reads events.</summary>
internal sealed class ClientEmitter
{
    private const string Namespace = "QmpHost.Client";
    private const string Task = "global::System.Threading.Tasks.Task";

    // More parameters than these are told apart by names only, which is what records are for.
    private const int MostParameters = 12;

    private readonly SchemaModel _schema;
    private readonly SchemaIndex _index;
    private readonly TypeMap _types;

    public ClientEmitter(SchemaModel schema)
    {
        _schema = schema;
        _index = new SchemaIndex(schema.Domains.SelectMany(d => d.Definitions));
        _types = new TypeMap(_index);
    }

    /// <summary>The sources: the name of the file and its text.</summary>
    public IEnumerable<KeyValuePair<string, string>> Emit()
    {
        Domain[] domains = [.. _schema.Domains.Where(d => d.Definitions.OfType<CommandDefinition>().Any())];
        foreach (Domain domain in domains)
        {
            yield return new(ClassName(domain) + ".g.cs", EmitDomain(domain));
        }

        yield return new("QmpCommands.g.cs", EmitEntries(domains));
        yield return new("QmpEventTable.g.cs", EmitEvents());
    }

    private static string ClassName(Domain domain) => Names.Pascal(domain.Name) + "Commands";

    private static string EmitEntries(Domain[] domains)
    {
        var code = new CodeWriter(Namespace);
        foreach ((string type, string caller) in new[] { ("QmpClient", "InBand"), ("QmpCaller", "this") })
        {
            code.Open($"public sealed partial class {type}");
            foreach (Domain domain in domains)
            {
                code.Summary(domain.Documentation.Length > 0 ? domain.Documentation : $"The commands of `{domain.Name}`.");
                code.Line($"public {ClassName(domain)} {Names.Pascal(domain.Name)} => new({caller});");
                code.Line();
            }

            code.Close();
            code.Line();
        }

        return code.ToString();
    }

    private string EmitDomain(Domain domain)
    {
        var code = new CodeWriter(Namespace);
        code.Summary(domain.Documentation.Length > 0 ? domain.Documentation : $"The commands of `{domain.Name}`.");
        code.Line("/// <remarks>Each method sends the command at once, and its task ends with the reply: with a QmpException if that is an error.</remarks>");
        code.Open($"public readonly struct {ClassName(domain)}");
        code.Line("private readonly QmpCaller _caller;");
        code.Line();
        code.Line($"internal {ClassName(domain)}(QmpCaller caller) => _caller = caller;");
        foreach (CommandDefinition command in domain.Definitions.OfType<CommandDefinition>())
        {
            EmitCommand(code, command);
        }

        code.Close();
        return code.ToString();
    }

    private void EmitCommand(CodeWriter code, CommandDefinition command)
    {
        string? type = CommandInterfaceEmitter.ArgumentType(command);
        if (type is null)
        {
            EmitMethod(code, command, [], "null");
        }
        else if (!command.IsTyped)
        {
            EmitMethod(code, command, ["global::System.Text.Json.Nodes.JsonObject arguments"], "QmpJson.ToDict(arguments)");
        }
        else
        {
            EmitMethod(code, command, [$"{type} arguments"], "_caller.Write(arguments)");
            if (MembersOf(command) is { Count: > 0 and <= MostParameters } members)
            {
                EmitFlatMethod(code, command, type, members);
            }
        }
    }

    private IReadOnlyList<Member>? MembersOf(CommandDefinition command) => command.Data switch
    {
        null => command.Members,
        { } named when _index.Find(named.Name) is StructDefinition => _index.MembersOf(named.Name),
        _ => null,
    };

    private void EmitMethod(CodeWriter code, CommandDefinition command, string[] parameters, string arguments)
    {
        code.Line();
        code.Summary($"`{command.Name}`: {Docs.OfType(command)}");
        EmitObsolete(code, command);
        code.Line($"public {ReturnType(command)} {Names.Method(command.Name)}({Join(parameters)})");
        string read = command.Returns is { } returns ? ", " + ReadExpression(returns) : string.Empty;
        code.Line($"    => _caller.CallAsync({Names.Quote(command.Name)}, {arguments}{read}, cancellationToken);");
    }

    private void EmitFlatMethod(CodeWriter code, CommandDefinition command, string type, IReadOnlyList<Member> members)
    {
        code.Line();
        code.Summary($"`{command.Name}`: {Docs.OfType(command)}");
        EmitObsolete(code, command);
        Member[] ordered = [.. members.Where(m => !m.IsOptional), .. members.Where(m => m.IsOptional)];
        foreach (Member member in ordered)
        {
            code.Line($"/// <param name=\"{Names.Parameter(member.Name).TrimStart('@')}\">{CodeWriter.Escape(Docs.OfMember(OwnerOf(command), member.Name, member.Marks))}</param>");
        }

        code.Line("/// <param name=\"cancellationToken\">Stops waiting for the reply; the command is carried out nevertheless.</param>");
        string[] parameters = [.. ordered.Select(m => $"{MemberEmitter.CSharp(m)} {Names.Parameter(m.Name)}{(m.IsOptional ? " = null" : string.Empty)}")];
        code.Line($"public {ReturnType(command)} {Names.Method(command.Name)}({Join(parameters)})");
        string values = string.Join(", ", ordered.Select(m => $"{Names.Property(m.Name, type)} = {Names.Parameter(m.Name)}"));
        code.Line($"    => {Names.Method(command.Name)}(new {type} {{ {values} }}, cancellationToken);");
    }

    private Definition OwnerOf(CommandDefinition command) => command.Data is { } data && _index.Find(data.Name) is { } found ? found : command;

    private static void EmitObsolete(CodeWriter code, CommandDefinition command)
        => code.Line(command.Marks.Removed is { } removed
            ? $"/// <remarks>Releases since {removed.Major}.{removed.Minor} do not have it.</remarks>"
            : "/// <exception cref=\"global::QmpHost.Qapi.QmpException\">The server answered with an error.</exception>");

    private static string Join(IEnumerable<string> parameters)
        => string.Join(", ", [.. parameters, "global::System.Threading.CancellationToken cancellationToken = default"]);

    private static string ReturnType(CommandDefinition command) => command.Returns switch
    {
        null => Task,
        { Name: "any", IsList: false } => $"{Task}<global::System.Text.Json.JsonElement>",
        { } type => $"{Task}<{TypeMap.CSharp(type)}>",
    };

    private string ReadExpression(TypeReference type) => type is { Name: "any", IsList: false }
        ? "static (visitor, value) => QmpJson.ToElement(value)"
        : $"static (visitor, value) => {_types.VisitExpression(type, "null", "value")}";

    private string EmitEvents()
    {
        var code = new CodeWriter(Namespace);
        code.Summary("Reads the data of events.");
        code.Open("internal static class QmpEventTable");
        code.Summary("The event, or null if the schema does not know it.");
        code.Open("public static global::QmpHost.Qapi.QapiEvent? Read(string name, global::QmpHost.Qapi.QapiInputVisitor visitor, global::QmpHost.Qapi.QDict data) => name switch");
        foreach (EventDefinition definition in _schema.Domains.SelectMany(d => d.Definitions.OfType<EventDefinition>()))
        {
            code.Line($"{Names.Quote(definition.Name)} => {Names.Event(definition.Name)}.Visit(visitor, null, data),");
        }

        code.Line("_ => null,");
        code.Close(";");
        code.Close();
        return code.ToString();
    }
}
