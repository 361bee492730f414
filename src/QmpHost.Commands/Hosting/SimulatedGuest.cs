using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Hosting;

/// <summary>What a simulated guest does of its own accord; a time that is null stands for never.</summary>
/// <param name="PowerDown">How long it takes to shut down when it is asked to.</param>
/// <param name="Unplug">How long it takes to let a device go.</param>
/// <param name="Balloon">Whether it gives back the memory that it is asked for.</param>
public sealed record SimulatedGuestOptions(TimeSpan? PowerDown, TimeSpan? Unplug, bool Balloon)
{
    /// <summary>A guest that obeys at once.</summary>
    public static SimulatedGuestOptions Obedient { get; } = new(TimeSpan.Zero, TimeSpan.Zero, true);

    /// <summary>Reads "obedient", or a list such as "powerdown=1.5,unplug=never,balloon=off": seconds, and what is left out happens at once.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public static SimulatedGuestOptions Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        SimulatedGuestOptions options = Obedient;
        if (text == "obedient")
        {
            return options;
        }

        foreach (string part in text.Split(','))
        {
            options = part.Split('=', 2) switch
            {
                ["powerdown", var value] => options with { PowerDown = ReadTime(value) },
                ["unplug", var value] => options with { Unplug = ReadTime(value) },
                ["balloon", "on" or "off"] => options with { Balloon = part.EndsWith("on", StringComparison.Ordinal) },
                _ => throw new FormatException($"a simulated guest has no '{part}'; there are powerdown=SECONDS|never, unplug=SECONDS|never, balloon=on|off"),
            };
        }

        return options;
    }

    private static TimeSpan? ReadTime(string text)
        => text == "never" ? null : TimeSpan.FromSeconds(double.Parse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));
}

/// <summary>
/// Stands for a guest operating system, which QEMU without an image to boot has not either: it answers what the machine asks a
/// guest for. It acts only while the machine runs, and takes up what it was asked meanwhile when it goes on.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class SimulatedGuest
{
    private readonly HostServices _host;
    private readonly SimulatedGuestOptions _options;
    private readonly Queue<Func<Task>> _asked = new();

    /// <summary>Puts a guest into a machine.</summary>
    /// <param name="host">The host.</param>
    /// <param name="options">What it does.</param>
    public SimulatedGuest(HostServices host, SimulatedGuestOptions options)
    {
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
        _options = options;
        host.RunState.Resumed += GoOn;
        if (host.Devices is { } devices)
        {
            devices.UnplugRequested += id => Ask(_options.Unplug, () => devices.ReleaseAsync(id));
        }
    }

    /// <summary>Asks it to shut down.</summary>
    public void PowerDown() => Ask(_options.PowerDown, () => MachineLife.ShutDownAsync(_host, ShutdownCause.GuestShutdown, byGuest: true));

    /// <summary>Asks it to keep no more than so much memory.</summary>
    /// <param name="target">Bytes.</param>
    public void Inflate(ulong target)
    {
        if (_options.Balloon)
        {
            Ask(TimeSpan.Zero, () => SetBalloon(target));
        }
    }

    private ValueTask SetBalloon(ulong target)
    {
        ulong size = Math.Min(target, _host.Machine.MemorySize);
        if (size != (_host.BalloonSize ?? _host.Machine.MemorySize))
        {
            _host.BalloonSize = size;
            _host.Layer.Events.Emit(new BalloonChangeEvent { Actual = (long)size });
        }

        return ValueTask.CompletedTask;
    }

    private void Ask(TimeSpan? delay, Func<ValueTask> act)
    {
        if (delay is not { } time)
        {
            return;
        }

        _asked.Enqueue(() => ActAsync(time, act));
        GoOn();
    }

    private void GoOn()
    {
        while (_host.RunState.IsRunning && _asked.TryDequeue(out Func<Task>? next))
        {
            _ = next();
        }
    }

    private async Task ActAsync(TimeSpan delay, Func<ValueTask> act)
    {
        // Whoever asked is answered first.
        await Task.Yield();
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, _host.Layer.Context.Clock);
        }

        await _host.Layer.Turns.InvokeAsync(async () =>
        {
            if (_host.RunState.IsRunning)
            {
                await act();
            }
            else
            {
                _asked.Enqueue(() => ActAsync(TimeSpan.Zero, act));
            }
        });
    }
}
