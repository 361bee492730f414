using QmpHost.Commands.Hosting;
using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs;

/// <summary>Options as the command line writes them, for the human monitor.</summary>
/// <param name="host">The host.</param>
internal sealed class OptionTexts(BlockHost host) : IOptionTexts
{
    private readonly KeyvalOptions _keyval = new(host.Options.Profile);

    /// <inheritdoc/>
    public QDict ReadDevice(string text) => Convert(() => OptionGroups.Device.Read(text, static _ => { }).ToDict());

    /// <inheritdoc/>
    public ObjectOptions ReadObject(string text)
        => Convert(() => _keyval.Read(new GivenOption("object_add", text, text), "qom-type", ObjectOptions.Visit));

    /// <inheritdoc/>
    public Netdev ReadNetdev(string text) => Convert(() => _keyval.Read(new GivenOption("netdev_add", text, text), "type", Netdev.Visit, repeated: Machine.NetworkOptions.RepeatedKeys));

    /// <inheritdoc/>
    public BlockdevOptions ReadBlockdev(string text)
        => Convert(() => _keyval.Read(new GivenOption("drive_add", text, text), "driver", BlockdevOptions.Visit));

    /// <inheritdoc/>
    public async ValueTask AddCharacterDeviceAsync(string text)
    {
        Dictionary<string, string> options = ReadChardev(text);
        string id = options.GetValueOrDefault("id") ?? throw new QmpException("chardev: no id specified");
        await host.CharacterDevices.OpenAsync(id, options);
    }

    /// <inheritdoc/>
    public async ValueTask ChangeCharacterDeviceAsync(string id, string text)
    {
        Dictionary<string, string> options = ReadChardev(text);
        await host.CharacterDevices.ReplaceAsync(id, () => host.CharacterDevices.OpenAsync(id, options));
    }

    /// <inheritdoc/>
    public async ValueTask<string> AddDriveAsync(string text)
    {
        try
        {
            DriveOptions drive = DriveOptions.Parse(text, static _ => { });
            await host.Drives.HotAddAsync(drive);
            return "OK";
        }
        catch (HelpRequestedException e)
        {
            return e.Text;
        }
        catch (CommandLineException e)
        {
            throw new QmpException(e.Reason);
        }
    }

    private static T Convert<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CommandLineException e)
        {
            throw new QmpException(e.Reason);
        }
        catch (HelpRequestedException e)
        {
            throw new QmpException(e.Text);
        }
    }

    private Dictionary<string, string> ReadChardev(string text)
        => Convert(() => OptionGroups.Chardev(host.Options.Profile).Read(text, static _ => { }).ToDictionary());
}
