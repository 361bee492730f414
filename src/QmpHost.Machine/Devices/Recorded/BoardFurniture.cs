using System.Globalization;
using QmpHost.Machine.Boards;
using QmpHost.Machine.Devices.Types;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices.Recorded;

/// <summary>
/// Completes a board's part of the tree when somebody looks at it for the first time: regions of memory, interrupt lines, and the
/// properties of the board and its devices. A machine that nobody looks at does not pay for it.
/// </summary>
internal sealed class BoardFurniture
{
    // Regions of this name are as large as the memory, unless there is more of it than fits below other things.
    private const string LowMemory = "/unattached/ram-below-4g[0]";
    private const ulong AlwaysLow = 2UL << 30;

    private const string Time = "struct tm";
    private const string FirstProcessor = "/unattached/device[0]";

    // What a board itself has got, where its class ends: it lists that first.
    private static readonly HashSet<string> OfBoardItself = ["hmat", "rtc-time"];

    private readonly MachineBoard _board;
    private readonly BoardRecord _record;
    private readonly DeviceContext _context;
    private readonly Dictionary<string, QomObject> _known = new(StringComparer.Ordinal);

    /// <summary>Notes where the objects are that have been made already, since their numbers change later.</summary>
    /// <param name="board">The board as it was made.</param>
    /// <param name="record">What it consists of.</param>
    /// <param name="context">The machine around it.</param>
    public BoardFurniture(MachineBoard board, BoardRecord record, DeviceContext context)
    {
        _board = board;
        _record = record;
        _context = context;
        Note(string.Empty, board.Machine);
    }

    /// <summary>Completes the board.</summary>
    public void Complete()
    {
        IReadOnlyList<RecordedObject> parts = [.. _record.Objects, .. OtherProcessors()];
        foreach (RecordedObject part in parts)
        {
            if (Find(part) is { } target)
            {
                _known[part.Path] = target;
            }
        }

        ForEach(parts, Fill);
        ForEach(parts, static (target, part) => target.Arrange([.. part.Values.Select(static value => value.Name)]));
    }

    private void ForEach(IReadOnlyList<RecordedObject> parts, Action<QomObject, RecordedObject> act)
    {
        foreach (RecordedObject part in parts)
        {
            if (_known.TryGetValue(part.Path, out QomObject? target))
            {
                act(target, part);
            }
        }
    }

    private void Note(string path, QomObject target)
    {
        _known.Add(path, target);
        foreach (QomObject child in target.Children)
        {
            Note($"{path}/{child.Name}", child);
        }
    }

    // The processors come after the board; the record shows the first one, and the others have the same inside.
    private List<RecordedObject> OtherProcessors()
    {
        var others = new List<RecordedObject>();
        int number = 0;
        foreach (QomObject processor in _board.Machine.GetContainer("unattached").Children
            .Where(static child => child.Class.Name.EndsWith("-cpu", StringComparison.Ordinal)).OrderBy(static child => child.Name!.Length).ThenBy(static child => child.Name, StringComparer.Ordinal))
        {
            string path = number == 0 ? FirstProcessor : string.Create(CultureInfo.InvariantCulture, $"{FirstProcessor}#{number}");
            _known[path] = processor;
            if (number > 0)
            {
                others.AddRange(_record.Objects.Where(static part => part.Path.StartsWith(FirstProcessor, StringComparison.Ordinal)).Select(part => Copy(part, path, number)));
            }

            number++;
        }

        return others;
    }

    private static RecordedObject Copy(RecordedObject part, string path, int number) => new(
        path + part.Path[FirstProcessor.Length..],
        part.Type,
        [.. part.Values.Select(value => value with
        {
            Text = value.Name == "id" ? number.ToString(CultureInfo.InvariantCulture) : value.Text?.Replace(FirstProcessor, path, StringComparison.Ordinal),
        })]);

    private QomObject? Find(RecordedObject part)
    {
        if (_known.TryGetValue(part.Path, out QomObject? known))
        {
            return known;
        }

        int slash = part.Path.LastIndexOf('/');
        if (slash < 0 || !_known.TryGetValue(part.Path[..slash], out QomObject? owner))
        {
            return null;
        }

        string name = part.Path[(slash + 1)..];
        if (owner.Follow(name) is { } there)
        {
            return there;
        }

        QomObject made = Make(part.Type);
        owner.AddChild(name, made);
        return made;
    }

    private QomObject Make(string type)
    {
        if (DeviceTypes.Find(type) is not { } known || !known.IsA("device"))
        {
            return new QomObject(PartClasses.Of(type));
        }

        TableDevice device = DeviceFactory.Make(known, _context);
        device.MarkRealized();
        return device;
    }

    private void Fill(QomObject target, RecordedObject part)
    {
        bool isOfClass = target == _board.Machine;
        var bus = target as BusObject;
        foreach (RecordedValue value in part.Values)
        {
            isOfClass &= !value.IsChild && !OfBoardItself.Contains(value.Name);
            if (isOfClass)
            {
                target.AddOfClass(Make(part, value));
            }
            else if (!value.IsChild && value.Name != "parent_bus" && (bus is null || !BusObject.IsSlot(value.Name)))
            {
                Fill(target, part, value);
            }
        }

        if (bus is not null)
        {
            FillBus(bus, part);
        }
    }

    private void Fill(QomObject target, RecordedObject part, RecordedValue value)
    {
        if (value is { Name: "hotpluggable", Text: "false" } && target is DeviceObject device)
        {
            device.IsBuiltIn = true;
        }
        else if (target.FindProperty(value.Name) is not { } known)
        {
            target.AddProperty(Make(part, value));
        }
        else if (value.Value is { } wanted && known.Get?.Invoke(target).DeepEquals(wanted) != true)
        {
            Correct(target, part, value, wanted);
        }
    }

    private void Correct(QomObject target, RecordedObject part, RecordedValue value, QObject wanted)
    {
        if (target.Class.Find(value.Name) is null)
        {
            target.RemoveProperty(value.Name);
            target.AddProperty(Make(part, value));
        }
        else if (target is DeviceObject device && !value.IsLink && device.TryGetStored(value.Name) is null)
        {
            device.Store(value.Name, wanted);
        }
        else if (target is DeviceObject linked && value.IsLink)
        {
            linked.SetLink(value.Name, Lookup(wanted));
        }
    }

    // The devices that are inside others are on their buses, too.
    private void FillBus(BusObject bus, RecordedObject part)
    {
        foreach (RecordedValue value in part.Values.Where(static value => BusObject.IsSlot(value.Name)))
        {
            // The bridge to the first bus was there before all of them.
            if (Lookup(value.Value) is DeviceObject device && (device.ParentBus is null || (device is HostBridge && device.ParentBus == bus)))
            {
                BoardSkeleton.PutInto(bus, device, value.Name);
            }
        }
    }

    private QomProperty Make(RecordedObject part, RecordedValue value)
    {
        if (value.IsLink)
        {
            string text = (value.Value as QString)?.Value ?? string.Empty;
            return QomProperties.Link(value.Name, value.Type["link<".Length..^1], _ => Lookup(text));
        }

        if (value.Type == Time)
        {
            return new QomProperty { Name = value.Name, Type = value.Type, Get = _ => DescribeTime() };
        }

        QObject? shown = Configured(part, value) ?? value.Value;
        return new QomProperty { Name = value.Name, Type = value.Type, Get = shown is null ? null : _ => shown };
    }

    private QObject? Configured(RecordedObject part, RecordedValue value) => (part.Path, value.Name) switch
    {
        ("", "memory") => Sizes(),
        ("", "smp") => Topology((QDict)value.Value!),
        (LowMemory, "size") when _context.Configuration.MemorySize is > 0 and < AlwaysLow => new QNum((long)_context.Configuration.MemorySize),
        _ => null,
    };

    private QDict Sizes()
    {
        var sizes = new QDict();
        sizes.Put("size", new QNum((long)_context.Configuration.MemorySize));
        return sizes;
    }

    // What this board has one of always, such as books of drawers, is in the record.
    private QDict Topology(QDict recorded)
    {
        CpuTopology t = _context.Configuration.Topology;
        var topology = new QDict();
        foreach ((string name, QObject value) in recorded)
        {
            int? count = name switch
            {
                "cpus" => t.Cpus,
                "maxcpus" => t.MaxCpus,
                "threads" => t.Threads,
                "cores" => t.Cores,
                "dies" => t.Dies,
                "sockets" => t.Sockets,
                _ => null,
            };
            topology.Put(name, count is { } known ? new QNum((long)known) : value);
        }

        return topology;
    }

    private QDict DescribeTime()
    {
        DateTime now = _context.Clock.GetUtcNow().UtcDateTime;
        var time = new QDict();
        foreach ((string name, int value) in new[]
        {
            ("tm_year", now.Year - 1900), ("tm_mon", now.Month - 1), ("tm_mday", now.Day), ("tm_hour", now.Hour), ("tm_min", now.Minute), ("tm_sec", now.Second),
        })
        {
            time.Put(name, new QNum((long)value));
        }

        return time;
    }

    private QomObject? Lookup(QObject? path) => Lookup((path as QString)?.Value ?? string.Empty);

    private QomObject? Lookup(string path)
    {
        const string machine = "/machine";
        return path.Length == 0 ? null
            : path.StartsWith(machine, StringComparison.Ordinal) && _known.TryGetValue(path[machine.Length..], out QomObject? known) ? known
            : _context.Tree.ResolveAt(_context.Tree.Root, path);
    }
}
