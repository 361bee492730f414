using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>The groups of keys of options that QEMU lists itself (query-command-line-options).</summary>
internal static class FactOptionGroups
{
    /// <summary>Finds a group.</summary>
    /// <param name="profile">The release whose keys are known.</param>
    /// <param name="name">The group's name.</param>
    /// <param name="impliedKey">The key of a first value that has none, or null.</param>
    /// <returns>The group; one without keys takes any.</returns>
    public static OptionGroup Of(VersionProfile profile, string name, string? impliedKey)
    {
        CommandLineOptionInfo? info = OptionFacts.List(profile, withModules: true).FirstOrDefault(option => option.Option == name);
        return new OptionGroup(name, impliedKey, info is { Parameters.Count: > 0 } ? info.Parameters.Select(KeyOf) : null);
    }

    private static OptionKey KeyOf(CommandLineParameterInfo parameter) => new(parameter.Name, parameter.Type switch
    {
        CommandLineParameterType.Boolean => OptionKeyType.Switch,
        CommandLineParameterType.Number => OptionKeyType.Number,
        CommandLineParameterType.Size => OptionKeyType.Size,
        _ => OptionKeyType.Text,
    });
}
