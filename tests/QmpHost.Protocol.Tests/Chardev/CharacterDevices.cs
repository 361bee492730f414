using QmpHost.Protocol.Chardev;

namespace QmpHost.Protocol.Tests.Chardev;

/// <summary>Makes devices from option texts.</summary>
public static class CharacterDevices
{
    public static CharacterDeviceEnvironment Environment() =>
        new() { OpenStandardInput = () => new MemoryStream(), OpenStandardOutput = () => new MemoryStream() };

    public static CharacterDevice Create(string options, CharacterDeviceEnvironment? environment = null)
    {
        Dictionary<string, string> values = options.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(o => o.Split('=', 2)).ToDictionary(o => o[0], o => o[1]);
        return CharacterDeviceFactory.Create("c", values, environment ?? Environment());
    }

    public static async Task<CharacterDevice> OpenAsync(string options, CharacterDeviceEnvironment? environment = null)
    {
        CharacterDevice device = Create(options, environment);
        await device.OpenAsync();
        return device;
    }
}
