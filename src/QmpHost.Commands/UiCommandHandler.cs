using System.Globalization;
using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/ui.json: there is no screen, and neither a VNC nor a SPICE server.</summary>
/// <param name="host">The host.</param>
public sealed class UiCommandHandler(HostServices host) : IUiCommands
{
    /// <inheritdoc/>
    public ValueTask SetPasswordAsync(SetPasswordOptions arguments, CommandContext context)
        => throw (arguments switch
        {
            { Protocol: DisplayProtocol.Spice } => NoSpice(),
            { Connected: not (null or SetPasswordAction.Keep) } => new QmpException(context.Profile.Has(Behaviour.ArgumentErrorsExplain)
                ? "parameter 'connected' must be 'keep' when 'protocol' is 'vnc'"
                : "Invalid parameter 'connected'"),
            _ => NoPassword(context.Profile),
        });

    /// <inheritdoc/>
    public ValueTask ExpirePasswordAsync(ExpirePasswordOptions arguments, CommandContext context)
    {
        QmpException.ThrowIf(
            context.Profile.Has(Behaviour.PasswordTimesAreRead) && !IsTime(arguments.Time),
            $"Parameter 'time' doesn't take value '{arguments.Time}'");
        throw (arguments.Protocol == DisplayProtocol.Spice ? NoSpice() : new QmpException("Could not set password expire time"));
    }

    /// <inheritdoc/>
    public ValueTask ChangeVncPasswordAsync(ChangeVncPasswordArguments arguments, CommandContext context) => throw NoPassword(context.Profile);

    /// <inheritdoc/>
    public ValueTask ScreendumpAsync(ScreendumpArguments arguments, CommandContext context) => arguments switch
    {
        { Device: { } device } => throw NotFound(device),
        { Head: not null } => throw new QmpException("'head' must be specified together with 'device'"),
        _ => throw new QmpException("There is no console to take a screendump from"),
    };

    /// <inheritdoc/>
    public ValueTask<SpiceInfo> QuerySpiceAsync(CommandContext context)
        => ValueTask.FromResult(new SpiceInfo { Enabled = false, Migrated = false, MouseMode = SpiceQueryMouseMode.Client });

    /// <inheritdoc/>
    public ValueTask<VncInfo> QueryVncAsync(CommandContext context) => ValueTask.FromResult(new VncInfo { Enabled = false });

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<VncInfo2>> QueryVncServersAsync(CommandContext context) => ValueTask.FromResult<IReadOnlyList<VncInfo2>>([]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MouseInfo>> QueryMiceAsync(CommandContext context)
        => ValueTask.FromResult(host.Devices?.Input.Mice ?? []);

    /// <inheritdoc/>
    public ValueTask SendKeyAsync(SendKeyArguments arguments, CommandContext context) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask InputSendEventAsync(InputSendEventArguments arguments, CommandContext context)
    {
        if (arguments.Device is { } device)
        {
            throw NotFound(device);
        }

        QmpException.ThrowIf(!host.RunState.IsRunning, "VM not running");
        foreach (InputEvent sent in arguments.Events)
        {
            QmpException.ThrowIf(host.Devices?.Input.Takes(sent.Type) != true, $"Input handler not found for event type {sent.Type.ToWire()}");
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<DisplayOptions> QueryDisplayOptionsAsync(CommandContext context) => ValueTask.FromResult<DisplayOptions>(new DisplayOptions.None());

    /// <inheritdoc/>
    public ValueTask DisplayReloadAsync(DisplayReloadOptions arguments, CommandContext context)
        => arguments is DisplayReloadOptions.Vnc { TlsCerts: true } ? throw new QmpException("Can not find vnc display") : ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisplayUpdateAsync(DisplayUpdateOptions arguments, CommandContext context) => throw new QmpException("Can not find vnc display");

    private static bool IsTime(string text)
        => text is "now" or "never" || ulong.TryParse(text.StartsWith('+') ? text.AsSpan(1) : text, NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out _);

    private static QmpException NoPassword(VersionProfile profile)
        => new(profile.Has(Behaviour.VncPasswordNeedsDisplay) ? "No VNC display is present" : "Could not set password");

    private static QmpException NoSpice() => new(QmpErrorClass.DeviceNotActive, "SPICE is not in use");

    private static QmpException NotFound(string device) => new(QmpErrorClass.DeviceNotFound, $"Device '{device}' not found");
}
