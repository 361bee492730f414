using QmpHost.Qapi.Keyval;

namespace QmpHost.Hosting.CommandLine;

/// <summary>A key of an <see cref="OptionGroup"/>.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">What its value has to be.</param>
internal sealed record OptionKey(string Name, OptionKeyType Type = OptionKeyType.Text)
{
    /// <summary>The line for this key in the list of the group's keys.</summary>
    public string HelpLine => $"  {Name}=<{TypeName}>";

    private string TypeName => Type switch
    {
        OptionKeyType.Switch => "bool (on/off)",
        OptionKeyType.Number => "num",
        OptionKeyType.Size => "size",
        _ => "str",
    };

    /// <summary>Checks a value.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="CommandLineException">It is not of the key's type.</exception>
    public void Check(string value)
    {
        switch (Type)
        {
            case OptionKeyType.Switch when !CommandLineScalar.IsSwitch(value):
                throw new CommandLineException($"Parameter '{Name}' expects 'on' or 'off'");
            case OptionKeyType.Number when !CommandLineScalar.IsNumber(value):
                throw new CommandLineException($"Parameter '{Name}' expects a number");
            case OptionKeyType.Size when !CommandLineScalar.IsSize(value):
                throw new CommandLineException(CommandLineScalar.NoSizeText(Name));
            default:
                break;
        }
    }
}
