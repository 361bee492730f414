using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi;

/// <summary>The answer to <c>query-qmp-schema</c>.</summary>
public static class QapiIntrospection
{
    /// <summary>Lists what a host offers, in QEMU's order and with QEMU's numbers in place of the names of types. Any thread.</summary>
    /// <param name="profile">The host's release; what it does not have is left out.</param>
    /// <param name="program">The host's program; its commands and events, and the types that they use.</param>
    /// <returns>The list.</returns>
    public static IReadOnlyList<SchemaInfo> List(VersionProfile profile, QmpProgram program)
    {
        Dictionary<string, IntrospectionEntry> entries = SchemaTable.Entries().ToDictionary(e => e.Name, StringComparer.Ordinal);
        return new IntrospectionBuilder(entries, profile).Build(SchemaTable.CommandsAndEvents(program, profile).Select(name => entries[name]));
    }
}
