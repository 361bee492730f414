namespace QmpHost.Qapi.Generator.Model;

/// <summary>A command. Its arguments are a named type or given in place.</summary>
internal sealed record CommandDefinition(
    string Name,
    SourcePlace Place,
    TypeReference? Data,
    EquatableArray<Member> Members,
    TypeReference? Returns) : Definition(Name, Place)
{
    public bool IsBoxed { get; init; }

    public bool AllowOob { get; init; }

    public bool AllowPreconfig { get; init; }

    /// <summary>False where the handler takes the arguments untyped.</summary>
    public bool IsTyped { get; init; } = true;
}
