using System.Buffers;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using QmpHost.Block;
using QmpHost.Block.Loop;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Tests;

/// <summary>A machine on a real block layer, with just enough of commands to play recorded exchanges.</summary>
internal sealed class MachineUnderTest : IQapiEventSink
{
    private readonly EventLoop _loop = new();
    private readonly BlockLayer _layer;
    private readonly QomTree _tree = new(VersionProfile.Default);
    private readonly UserObjects _objects;
    private readonly MachineDevices _devices;

    internal MachineUnderTest(string board)
    {
        _layer = new BlockLayer(_loop, new FakeTimeProvider(), this, VersionProfile.Default);
        _objects = new UserObjects(_tree, _layer.ThrottleGroups);
        _devices = new MachineDevices(_tree, MachineBoard.TryMake(board, VersionProfile.Default)!, new GraphDriveProvider(_layer.Graph), this, _loop);
    }

    internal List<string> Events { get; } = [];

    public void Emit(QapiEvent qapiEvent)
    {
        var deleted = (DeviceDeletedEvent)qapiEvent;
        string device = deleted.Device is { } id ? $"\"device\": \"{id}\", " : "";
        Events.Add($"{{\"event\": \"DEVICE_DELETED\", \"data\": {{{device}\"path\": \"{deleted.Path}\"}}}}");
    }

    internal Task<string> ExecuteAsync(string command, QDict arguments) => _loop.InvokeAsync(async () =>
    {
        string reply;
        try
        {
            QObject? value = await RunAsync(command, arguments);
            reply = Text(new QDict { { "return", value ?? new QDict() } });
        }
        catch (QmpException e)
        {
            var error = new QDict { { "class", new QString(e.ErrorClass.ToString()) }, { "desc", new QString(e.Message) } };
            reply = Text(new QDict { { "error", error } });
        }

        await _loop.SettleAsync();
        return reply;
    });

    internal Task StartAsync(IEnumerable<QDict> devices) => _loop.InvokeAsync(async () =>
    {
        foreach (QDict device in devices)
        {
            await _devices.AddAsync(device);
        }

        _devices.IsStarted = true;
    });

    internal Task<int> CloseAsync() => _loop.InvokeAsync(async () =>
    {
        await _devices.CloseAsync();
        return _layer.Graph.Backends.Count;
    });

    private static string Get(QDict arguments, string name) => ((QString)arguments[name]).Value;

    private static string Text(QObject value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        writer.WriteObject(value);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private async ValueTask<QObject?> RunAsync(string command, QDict arguments)
    {
        switch (command)
        {
            case "qom-list":
                var list = new QList();
                foreach (QomProperty property in _tree.List(Get(arguments, "path")))
                {
                    list.Add(new QDict { { "name", new QString(property.Name) }, { "type", new QString(property.Type) } });
                }

                return list;
            case "qom-get":
                return _tree.GetProperty(Get(arguments, "path"), Get(arguments, "property"));
            case "qom-set":
                await _tree.SetPropertyAsync(Get(arguments, "path"), Get(arguments, "property"), arguments["value"]);
                return null;
            case "object-add":
                return await AddObjectAsync(arguments);
            case "object-del":
                _objects.Delete(Get(arguments, "id"));
                return null;
            case "device_add":
                await _devices.AddAsync(arguments);
                return null;
            case "device_del":
                await _devices.RemoveAsync(Get(arguments, "id"));
                return null;
            case "system_reset":
                await _devices.ResetAsync();
                return null;
            case "blockdev-add":
                await _layer.Graph.AddMonitorNodeAsync(NullNode(arguments));
                return null;
            case "blockdev-del":
                await _layer.Graph.DeleteMonitorNodeAsync(Get(arguments, "node-name"));
                return null;
            default:
                throw new NotSupportedException(command);
        }
    }

    private async ValueTask<QObject?> AddObjectAsync(QDict arguments)
    {
        var properties = new QDict();
        foreach ((string name, QObject value) in arguments)
        {
            if (name is not ("qom-type" or "id"))
            {
                properties.Add(name, value);
            }
        }

        await _objects.AddAsync(Get(arguments, "qom-type"), Get(arguments, "id"), properties);
        return null;
    }

    private static BlockdevOptions.NullCo NullNode(QDict arguments)
    {
        ((QNum)arguments["size"]).TryGetInt64(out long size);
        return new BlockdevOptions.NullCo
        {
            NodeName = Get(arguments, "node-name"),
            ReadOnly = arguments.TryGetValue("read-only", out QObject? readOnly) && ((QBool)readOnly).Value,
            Size = size,
            ReadZeroes = true,
        };
    }
}
