using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Keyval;

namespace QmpHost.Hosting.Programs;

/// <summary>Option values that are schema types, as JSON or in the key=value notation.</summary>
/// <param name="profile">The release whose members are known.</param>
internal sealed class KeyvalOptions(VersionProfile profile)
{
    /// <summary>Reads an option's value.</summary>
    /// <typeparam name="T">The schema type.</typeparam>
    /// <param name="option">The option.</param>
    /// <param name="impliedKey">The key of a first value that has none, or null.</param>
    /// <param name="visit">The type's visitor.</param>
    /// <exception cref="CommandLineException">The value does not fit the type.</exception>
    /// <returns>The value.</returns>
    public T Read<T>(GivenOption option, string? impliedKey, Func<QapiInputVisitor, string?, QObject, T> visit)
    {
        try
        {
            return option.Value.StartsWith('{')
                ? visit(new QapiInputVisitor(profile), null, JsonParser.Parse(option.Value))
                : visit(new QapiInputVisitor(profile, keyval: true), null, KeyvalParser.Parse(option.Value, impliedKey));
        }
        catch (QmpException e)
        {
            throw new CommandLineException($"{option.Text}: {e.Message}");
        }
    }
}
