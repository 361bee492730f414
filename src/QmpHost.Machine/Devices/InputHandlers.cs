using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Devices;

/// <summary>
/// What takes the keys and movements that clients send: the board's keyboard and mouse, and devices. They are numbered as they
/// come, and no number is given twice. Used on the host's event loop only.
/// </summary>
/// <param name="hasKeyboardController">Whether the board has a keyboard and a mouse of its own.</param>
public sealed class InputHandlers(bool hasKeyboardController)
{
    private static readonly Dictionary<string, (string Name, InputEventKind[] Kinds)> Models = new(StringComparer.Ordinal)
    {
        ["usb-kbd"] = ("QEMU HID Keyboard", [InputEventKind.Key]),
        ["virtio-keyboard-pci"] = ("QEMU Virtio Keyboard", [InputEventKind.Key]),
        ["usb-mouse"] = ("QEMU HID Mouse", [InputEventKind.Rel, InputEventKind.Btn]),
        ["virtio-mouse-pci"] = ("QEMU Virtio Mouse", [InputEventKind.Rel, InputEventKind.Btn]),
        ["usb-tablet"] = ("QEMU HID Tablet", [InputEventKind.Abs, InputEventKind.Btn]),
        ["virtio-tablet-pci"] = ("QEMU Virtio Tablet", [InputEventKind.Abs, InputEventKind.Btn]),
        ["virtio-multitouch-pci"] = ("QEMU Virtio MultiTouch", [InputEventKind.Mtt, InputEventKind.Btn]),
    };

    private readonly List<Handler> _handlers = hasKeyboardController
        ? [new Handler(1, "QEMU PS/2 Keyboard", [InputEventKind.Key], null), new Handler(2, "QEMU PS/2 Mouse", [InputEventKind.Rel, InputEventKind.Btn], null)]
        : [];

    private int _last = hasKeyboardController ? 2 : 0;

    /// <summary>query-mice: the handlers of movements, newest first, and the one that gets them at last.</summary>
    public IReadOnlyList<MouseInfo> Mice
    {
        get
        {
            Handler[] mice = [.. _handlers.Where(static handler => handler.IsMouse)];
            return [.. mice.Reverse().Select(handler => new MouseInfo
            {
                Name = handler.Name,
                Index = handler.Number,
                Current = handler == mice[0],
                Absolute = handler.Kinds.Contains(InputEventKind.Abs),
            })];
        }
    }

    /// <summary>Whether anything takes events of a kind.</summary>
    /// <param name="kind">The kind.</param>
    public bool Takes(InputEventKind kind) => _handlers.Exists(handler => handler.Kinds.Contains(kind));

    /// <summary>Lets a mouse get what is moved.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>False if there is none of that number.</returns>
    public bool TryChoose(int number)
    {
        if (_handlers.Find(handler => handler.Number == number && handler.IsMouse) is not { } chosen)
        {
            return false;
        }

        _handlers.Remove(chosen);
        _handlers.Insert(0, chosen);
        return true;
    }

    /// <summary>The name of what has a number, or null.</summary>
    /// <param name="number">The number.</param>
    public string? NameOf(int number) => _handlers.Find(handler => handler.Number == number)?.Name;

    internal void Add(TableDevice device)
    {
        if (Models.TryGetValue(device.Type.Name, out (string Name, InputEventKind[] Kinds) model))
        {
            _handlers.Add(new Handler(++_last, model.Name, model.Kinds, device));
        }
    }

    internal void Remove(TableDevice device) => _handlers.RemoveAll(handler => handler.Device == device);

    private sealed record Handler(int Number, string Name, InputEventKind[] Kinds, TableDevice? Device)
    {
        public bool IsMouse => Kinds.Contains(InputEventKind.Rel) || Kinds.Contains(InputEventKind.Abs);
    }
}
