using System.Text;
using QmpHost.Commands.Hosting;
using QmpHost.Machine.Objects;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/char.json.</summary>
/// <param name="host">The host.</param>
public sealed class CharCommandHandler(HostServices host) : ICharCommands
{
    private ICharacterDevices Devices => host.CharacterDevices;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ChardevInfo>> QueryChardevAsync(CommandContext context) => ValueTask.FromResult(Devices.Query());

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ChardevBackendInfo>> QueryChardevBackendsAsync(CommandContext context)
        => ValueTask.FromResult(Devices.QueryBackends());

    /// <inheritdoc/>
    public ValueTask RingbufWriteAsync(RingbufWriteArguments arguments, CommandContext context)
    {
        Devices.WriteRing(arguments.Device, []);
        Devices.WriteRing(arguments.Device, arguments.Format == DataFormat.Base64 ? LenientBase64.Decode(arguments.Data) : Encoding.UTF8.GetBytes(arguments.Data));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<string> RingbufReadAsync(RingbufReadArguments arguments, CommandContext context)
    {
        _ = Devices.ReadRing(arguments.Device, 0);
        if (arguments.Size <= 0)
        {
            throw new QmpException("size must be greater than zero");
        }

        byte[] bytes = Devices.ReadRing(arguments.Device, (int)Math.Min(arguments.Size, int.MaxValue));
        if (arguments.Format == DataFormat.Base64)
        {
            return ValueTask.FromResult(Convert.ToBase64String(bytes));
        }

        // What follows a zero byte is lost, as in QEMU: its text ends there.
        int end = Array.IndexOf(bytes, (byte)0);
        return ValueTask.FromResult(Encoding.UTF8.GetString(bytes, 0, end < 0 ? bytes.Length : end));
    }

    /// <inheritdoc/>
    public ValueTask<ChardevReturn> ChardevAddAsync(ChardevAddArguments arguments, CommandContext context)
        => Devices.AddAsync(arguments.Id, arguments.Backend, context.Session);

    /// <inheritdoc/>
    public ValueTask<ChardevReturn> ChardevChangeAsync(ChardevChangeArguments arguments, CommandContext context)
        => Devices.ChangeAsync(arguments.Id, arguments.Backend, context.Session);

    /// <inheritdoc/>
    public ValueTask ChardevRemoveAsync(ChardevRemoveArguments arguments, CommandContext context) => Devices.RemoveAsync(arguments.Id);

    /// <inheritdoc/>
    public ValueTask ChardevSendBreakAsync(ChardevSendBreakArguments arguments, CommandContext context)
    {
        Devices.SendBreak(arguments.Id);
        return ValueTask.CompletedTask;
    }
}
