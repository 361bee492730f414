using QmpHost.Protocol.Chardev;
using QmpHost.Qapi;

namespace QmpHost.Hosting.CommandLine;

/// <summary>The groups of keys of the options in the older notation.</summary>
internal static class OptionGroups
{
    /// <summary>-mon.</summary>
    public static OptionGroup Monitor { get; } = new("mon", "chardev", [new("chardev"), new("mode"), Switch("pretty")]);

    /// <summary>-name.</summary>
    public static OptionGroup Name { get; } = new("name", "guest", [new("guest"), new("process"), Switch("debug-threads")]);

    /// <summary>-add-fd.</summary>
    public static OptionGroup AddFd { get; } = new("add-fd", null, [new("fd", OptionKeyType.Number), new("set", OptionKeyType.Number), new("opaque")]);

    /// <summary>-trace.</summary>
    public static OptionGroup Trace { get; } = new("trace", "enable", [new("enable"), new("events"), new("file")]);

    /// <summary>-msg.</summary>
    public static OptionGroup Messages { get; } = new("msg", null, [Switch("timestamp"), Switch("guest-name")]);

    /// <summary>-object, whose keys are the properties of the object's type.</summary>
    public static OptionGroup Object { get; } = new("object", "qom-type", null);

    /// <summary>-device, whose keys are the properties of the device's type.</summary>
    public static OptionGroup Device { get; } = new("device", "driver", null);

    /// <summary>-drive, whose keys are also those of the image's driver.</summary>
    public static OptionGroup Drive { get; } = new("drive", null, null);

    /// <summary>-netdev, whose keys are those of the backend's kind.</summary>
    public static OptionGroup Netdev { get; } = new("netdev", "type", null);

    /// <summary>-nic and -net, whose keys are those of a card and of what it is connected to.</summary>
    public static OptionGroup Card { get; } = new("nic", "type", null);

    /// <summary>-chardev.</summary>
    /// <param name="profile">The release whose keys are known.</param>
    /// <returns>The group.</returns>
    public static OptionGroup Chardev(VersionProfile profile)
    {
        IEnumerable<OptionKey> keys =
        [
            .. CharacterDeviceFactory.TextKeys.Select(static name => new OptionKey(name)),
            .. CharacterDeviceFactory.SwitchKeys.Select(Switch),
            .. CharacterDeviceFactory.NumberKeys.Select(static name => new OptionKey(name, OptionKeyType.Number)),
            new("size", OptionKeyType.Size),
        ];
        return new OptionGroup("chardev", "backend", profile.Has(Behaviour.ChardevInputPath) ? keys.Append(new OptionKey("input-path")) : keys);
    }

    private static OptionKey Switch(string name) => new(name, OptionKeyType.Switch);
}
