using QmpHost.Hosting.CommandLine;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Programs;

/// <summary>The character devices of a program, by their ids.</summary>
/// <param name="environment">The program's surroundings.</param>
/// <param name="host">The host whose devices they are: its tree shows them.</param>
internal sealed class CharacterDevices(ProgramEnvironment environment, BlockHost host)
{
    private const string ReferencePrefix = "chardev:";

    private int _inlineCount;

    /// <summary>Finds a device.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The device, or null.</returns>
    public CharacterDevice? Find(string id) => host.CharacterDevices.Find(id);

    /// <summary>Makes and opens the device of a -chardev option.</summary>
    /// <param name="option">The option.</param>
    /// <exception cref="CommandLineException">The device cannot be made or opened.</exception>
    /// <returns>A task that ends when the device is open, which may be when somebody has connected.</returns>
    public async Task AddAsync(GivenOption option)
    {
        Dictionary<string, string> options = OptionGroups.Chardev(environment.Profile).Read(option, environment.Warn).ToDictionary();
        if (options.GetValueOrDefault("backend") is "help" or "?")
        {
            throw new HelpRequestedException(
                host.CharacterDevices.QueryBackends().Select(static backend => backend.Name).Order(StringComparer.Ordinal).Select(static backend => $"  {backend}").Prepend("Available chardev backend types: "));
        }

        if (!options.TryGetValue("id", out string? id))
        {
            throw new CommandLineException(option, "chardev: no id specified");
        }

        CheckId(option, id);
        if (options.GetValueOrDefault("mux") == "on")
        {
            string inner = $"{id}-base";
            await OpenAsync(option, inner, options);
            options = new Dictionary<string, string> { ["backend"] = "mux", ["chardev"] = inner };
        }

        await OpenAsync(option, id, options);
    }

    /// <summary>Makes and opens the device of a monitor that an option describes on the spot, as "unix:PATH,server=on".</summary>
    /// <param name="option">The option.</param>
    /// <exception cref="CommandLineException">The device cannot be made or opened.</exception>
    /// <returns>The device.</returns>
    public Task<CharacterDevice> AddMonitorAsync(GivenOption option) => AddInlineAsync(option, $"compat_monitor{_inlineCount++}");

    /// <summary>Makes and opens a device that an option describes on the spot, as "unix:PATH,server=on".</summary>
    /// <param name="option">The option.</param>
    /// <param name="newId">The id of the device, unless the option names one that there is.</param>
    /// <exception cref="CommandLineException">The device cannot be made or opened.</exception>
    /// <returns>The device.</returns>
    public Task<CharacterDevice> AddInlineAsync(GivenOption option, string newId)
    {
        if (option.Value.StartsWith(ReferencePrefix, StringComparison.Ordinal))
        {
            string id = option.Value[ReferencePrefix.Length..];
            return Task.FromResult(Find(id) ?? throw new CommandLineException(option, $"chardev \"{id}\" not found"));
        }

        IReadOnlyDictionary<string, string> options = ParseInline(option);
        CheckId(option, newId, AlsoParseError(option));
        return OpenAsync(option, newId, options);
    }

    private IReadOnlyDictionary<string, string> ParseInline(GivenOption option)
    {
        IReadOnlyDictionary<string, string> options = InlineCharacterDevice.Parse(option.Value)
            ?? throw (InlineCharacterDevice.IsAddress(option.Value)
                ? new CommandLineException(option, ParseError(option))
                : new CommandLineException(option, $"'{option.Value}' is not a valid char driver", AlsoParseError(option)));
        try
        {
            OptionGroups.Chardev(environment.Profile).Check(options);
            return options;
        }
        catch (CommandLineException e)
        {
            throw new CommandLineException(option, e.Message, AlsoParseError(option));
        }
    }

    private static string ParseError(GivenOption option) => $"parse error: {option.Value}";

    private string AlsoParseError(GivenOption option) => $"\n{environment.Name}: {option.Text}: {ParseError(option)}";

    // The storage daemon leaves it to the tree of objects to find that an id is taken.
    private void CheckId(GivenOption option, string id, string consequence = "")
    {
        if (host.Options.Identity.Program == QmpProgram.System && Find(id) is not null)
        {
            throw new CommandLineException(option, $"Duplicate ID '{id}' for chardev", consequence);
        }
    }

    private async Task<CharacterDevice> OpenAsync(GivenOption option, string id, IReadOnlyDictionary<string, string> options)
    {
        try
        {
            environment.Current = option;
            CharacterDevice? device = null;
            await host.Loop.InvokeAsync(async () => device = await host.CharacterDevices.OpenAsync(id, options));
            return device!;
        }
        catch (QmpException e)
        {
            throw new CommandLineException(option, e.Message);
        }
    }
}
