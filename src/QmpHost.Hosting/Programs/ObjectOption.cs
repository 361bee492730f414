using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Objects;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs;

/// <summary>Reads the options that make objects: the two programs do it in ways of their own.</summary>
/// <param name="objects">The objects of the host, which know their types.</param>
/// <param name="keyval">Reads the newer notation.</param>
/// <param name="profile">The release whose members are known.</param>
internal sealed class ObjectOption(UserObjects objects, KeyvalOptions keyval, VersionProfile profile)
{
    private const string TypeKey = "qom-type";

    private readonly HashSet<string> _ids = [];

    /// <summary>Reads the storage daemon's --object.</summary>
    /// <param name="option">The option.</param>
    /// <exception cref="CommandLineException">The value is wrong.</exception>
    /// <exception cref="HelpRequestedException">The value asks for help.</exception>
    /// <returns>The object.</returns>
    public ObjectOptions OfStorageDaemon(GivenOption option)
        => keyval.Read(option, TypeKey, ObjectOptions.Visit, rest => objects.DescribeForHelp(rest.TryGetValue(TypeKey, out QObject? type) ? (type as QString)?.Value : null));

    /// <summary>Reads the system emulator's -object: JSON, or the older notation, in which nothing has members of its own.</summary>
    /// <param name="option">The option.</param>
    /// <param name="warn">Tells of what is taken but should be written otherwise.</param>
    /// <exception cref="CommandLineException">The value is wrong.</exception>
    /// <exception cref="HelpRequestedException">The value asks for help.</exception>
    /// <returns>The object.</returns>
    public ObjectOptions OfSystem(GivenOption option, Action<string> warn)
    {
        try
        {
            return option.Value.StartsWith('{')
                ? ObjectOptions.Visit(new QapiInputVisitor(profile), null, JsonParser.Parse(option.Value))
                : ObjectOptions.Visit(new QapiInputVisitor(profile, InputNotation.Options), null, ReadOlder(option.Value, warn).ToDict());
        }
        catch (Exception e) when (e is QmpException or CommandLineException)
        {
            throw new CommandLineException(option, e.Message);
        }
    }

    private QemuOpts ReadOlder(string text, Action<string> warn)
    {
        QemuOpts opts = OptionGroups.Object.Read(text, warn);
        string? type = opts[TypeKey];
        if (type is not null && (opts.WantsHelp || type is "help" or "?"))
        {
            throw new HelpRequestedException(objects.DescribeForHelp(type));
        }

        if (opts["id"] is { } id && !_ids.Add(id))
        {
            throw new CommandLineException($"Duplicate ID '{id}' for object");
        }

        return opts;
    }
}
