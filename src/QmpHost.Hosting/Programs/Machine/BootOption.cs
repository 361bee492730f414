using System.Globalization;
using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi;
using QmpHost.Qapi.Keyval;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Checks the value of -boot: what is booted, and in which order.</summary>
internal static class BootOption
{
    private const char FirstDrive = 'a';
    private const char LastDrive = 'p';

    /// <summary>Checks an option.</summary>
    /// <param name="option">The option.</param>
    /// <exception cref="CommandLineException">The value is wrong.</exception>
    public static void Check(GivenOption option)
    {
        QDict opts;
        try
        {
            opts = KeyvalParser.Parse(option.Value, "order");
        }
        catch (QmpException e)
        {
            throw new CommandLineException(option, e.Message);
        }

        foreach ((string key, QObject value) in opts)
        {
            Check(key, (value as QString)?.Value ?? string.Empty);
        }
    }

    private static void Check(string key, string value)
    {
        switch (key)
        {
            case "order" or "once":
                CheckOrder(value);
                break;
            case "menu" or "strict" when !CommandLineScalar.IsSwitch(value):
                throw new CommandLineException($"Parameter 'boot.{key}' expects 'on' or 'off'");
            case "reboot-timeout" or "splash-time":
                CheckTime(key, value);
                break;
            case "menu" or "strict" or "splash":
                break;
            default:
                throw new CommandLineException($"Parameter 'boot.{key}' is unexpected");
        }
    }

    private static void CheckOrder(string drives)
    {
        for (int i = 0; i < drives.Length; i++)
        {
            if (drives[i] is < FirstDrive or > LastDrive)
            {
                throw new CommandLineException($"Invalid boot device '{drives[i]}'");
            }

            if (drives.AsSpan(0, i).Contains(drives[i]))
            {
                throw new CommandLineException($"Boot device '{drives[i]}' was given twice");
            }
        }
    }

    private static void CheckTime(string key, string value)
    {
        if (!long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long time))
        {
            throw new CommandLineException($"Parameter 'boot.{key}' expects integer");
        }

        (string name, long least) = key == "splash-time" ? ("splash-time", 0) : ("reboot timeout", -1);
        if (time < least || time > ushort.MaxValue)
        {
            throw new CommandLineException($"{name} is invalid,it should be a value between {least} and {ushort.MaxValue}");
        }
    }
}
