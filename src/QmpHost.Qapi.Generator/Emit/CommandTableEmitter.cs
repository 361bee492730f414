using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>Emits the table that finds a command by name, reads its arguments and calls its handler.</summary>
internal sealed class CommandTableEmitter(SchemaModel schema, TypeMap types)
{
    private const string Result = "global::System.Threading.Tasks.ValueTask<global::QmpHost.Qapi.QapiResult>";
    private const string Descriptor = "global::QmpHost.Qapi.CommandDescriptor";

    private readonly (Domain Domain, CommandDefinition Command)[] _commands = schema.Domains
        .SelectMany(d => d.Definitions.OfType<CommandDefinition>().Select(c => (d, c)))
        .ToArray();

    public string Emit()
    {
        var code = new CodeWriter();
        code.Summary("Every command of the schema, bound to the handlers of one host.");
        code.Open("public sealed class CommandTable");
        EmitConstructor(code);
        EmitLookup(code);
        EmitList(code);
        EmitCreate(code);
        foreach ((Domain domain, CommandDefinition command) in _commands)
        {
            EmitInvoke(code, domain, command);
        }

        code.Close();
        return code.ToString();
    }

    private void EmitConstructor(CodeWriter code)
    {
        Domain[] domains = _commands.Select(c => c.Domain).Distinct().ToArray();
        foreach (Domain domain in domains)
        {
            code.Line($"private readonly {Names.CommandInterface(domain.Name)} {Names.Field(domain.Name)};");
        }

        code.Line($"private readonly {Descriptor}?[] _descriptors = new {Descriptor}?[{_commands.Length}];");
        code.Line();
        code.Summary("Binds the commands.");
        code.Open($"public CommandTable({string.Join(", ", domains.Select(d => $"{Names.CommandInterface(d.Name)} {Names.Parameter(d.Name)}"))})");
        foreach (Domain domain in domains)
        {
            code.Line($"{Names.Field(domain.Name)} = {Names.Parameter(domain.Name)};");
        }

        code.Close();
        code.Line();
    }

    private void EmitLookup(CodeWriter code)
    {
        code.Summary("All commands in the order of the schema, whatever release and program they belong to.");
        code.Open($"public global::System.Collections.Generic.IEnumerable<{Descriptor}> All");
        code.Open("get");
        code.Open("for (int i = 0; i < _descriptors.Length; i++)");
        code.Line("yield return At(i);");
        code.Close();
        code.Close();
        code.Close();
        code.Line();
        code.Summary("Finds a command, or null if the schema has none of that name.");
        code.Open($"public {Descriptor}? Find(string name)");
        code.Line("int index = IndexOf(name);");
        code.Line("return index < 0 ? null : At(index);");
        code.Close();
        code.Line();
        code.Line($"private {Descriptor} At(int index) => _descriptors[index] ??= Create(index);");
        code.Line();
        code.Open("private static int IndexOf(string name) => name switch");
        for (int i = 0; i < _commands.Length; i++)
        {
            code.Line($"{Names.Quote(_commands[i].Command.Name)} => {i},");
        }

        code.Line("_ => -1,");
        code.Close(";");
        code.Line();
    }

    // QEMU registers commands in the order of the schema, untyped ones last, and lists them backwards.
    private void EmitList(CodeWriter code)
    {
        code.Summary("The commands that a host shows, in the order of query-commands.");
        code.Open($"public global::System.Collections.Generic.IEnumerable<{Descriptor}> List(global::QmpHost.Qapi.VersionProfile profile, global::QmpHost.Qapi.QmpProgram program)");
        code.Open("foreach (int index in Order(profile, program))");
        code.Line($"{Descriptor} command = At(index);");
        code.Open("if (command.IsAvailable(profile, program))");
        code.Line("yield return command;");
        code.Close();
        code.Close();
        code.Close();
        code.Line();
        code.Open("private static int[] Order(global::QmpHost.Qapi.VersionProfile profile, global::QmpHost.Qapi.QmpProgram program) => program switch");
        foreach (ProgramDomains program in schema.Programs)
        {
            string pattern = $"global::QmpHost.Qapi.QmpProgram.{program.Program}";
            if (program.Was is { } was)
            {
                code.Line($"{pattern} when !{ProfileTest.Reached(was.Until, "profile")} => [{Order(program.FormerDomains())}],");
            }

            code.Line($"{pattern} => [{Order(program.Domains)}],");
        }

        code.Line("_ => [],");
        code.Close(";");
        code.Line();
    }

    private string Order(IEnumerable<string> domains) => string.Join(", ", domains
        .SelectMany(name => Enumerable.Range(0, _commands.Length).Where(i => _commands[i].Domain.Name == name))
        .OrderByDescending(i => _commands[i].Command.IsTyped)
        .Reverse());

    private void EmitCreate(CodeWriter code)
    {
        code.Open($"private {Descriptor} Create(int index) => index switch");
        for (int i = 0; i < _commands.Length; i++)
        {
            (Domain domain, CommandDefinition command) = _commands[i];
            var settings = new List<string> { $"Programs = {Programs(domain)}", $"Since = {ProfileTest.Initializer(command.Marks.Since)}" };
            if (command.Marks.Removed is { } removed)
            {
                settings.Add($"Removed = {ProfileTest.Initializer(removed)}");
            }

            if (command.AllowOob)
            {
                settings.Add("AllowOob = true");
            }

            if (command.AllowPreconfig)
            {
                settings.Add("AllowPreconfig = true");
            }

            code.Line($"{i} => new({Names.Quote(command.Name)}, {Names.Method(command.Name)}) {{ {string.Join(", ", settings)} }},");
        }

        code.Line("_ => throw new global::System.ArgumentOutOfRangeException(nameof(index)),");
        code.Close(";");
    }

    private string Programs(Domain domain)
    {
        IEnumerable<string> programs = schema.Programs
            .Where(p => p.Domains.Contains(domain.Name))
            .Select(p => "global::QmpHost.Qapi.QmpProgram." + p.Program);
        return string.Join(" | ", programs);
    }

    private void EmitInvoke(CodeWriter code, Domain domain, CommandDefinition command)
    {
        code.Line();
        code.Open($"private {Result} {Names.Method(command.Name)}(global::QmpHost.Qapi.QObject? arguments, global::QmpHost.Qapi.CommandContext context)");
        string handler = $"{Names.Field(domain.Name)}.{Names.Method(command.Name)}";
        string call;
        if (CommandInterfaceEmitter.ArgumentType(command) is not { } type)
        {
            code.Line("global::QmpHost.Qapi.CommandInvocation.CheckNoArguments(arguments, context);");
            call = $"{handler}(context)";
        }
        else if (!command.IsTyped)
        {
            call = $"{handler}(global::QmpHost.Qapi.CommandInvocation.ToDict(arguments), context)";
        }
        else
        {
            code.Line($"{type} typed = {type}.Visit(new(context.Profile), null, global::QmpHost.Qapi.CommandInvocation.ToDict(arguments));");
            call = $"{handler}(typed, context)";
        }

        code.Line(command.Returns is { } returns
            ? $"return global::QmpHost.Qapi.CommandInvocation.Convert({call}, static value => {Wrap(returns)});"
            : $"return global::QmpHost.Qapi.CommandInvocation.Convert({call});");
        code.Close();
    }

    private string Wrap(TypeReference type)
    {
        if (!type.IsList && (BuiltinType.Find(type.Name) is null || type.Name is "any" or "str") && !types.IsEnum(type.Name))
        {
            return "global::QmpHost.Qapi.QapiResult.From(value)";
        }

        string write = string.Join(" ", types.WriteStatements(type, "typed"));
        return $"new global::QmpHost.Qapi.QapiResult(value, static (writer, profile, result) => {{ var typed = ({TypeMap.CSharp(type)})result; {write} }})";
    }
}
