using System.Globalization;
using System.Numerics;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>Makers of the properties that device classes declare: each has a default and is fixed once the device is realized.</summary>
internal static class QdevProperty
{
    private const ulong SmallestBlock = 512;
    private const ulong LargestBlock = 2 << 20;
    private const string BlockSizeDescription = "A power of two between 512 B and 2 MiB";
    private const string ErrorActionDescription = "Error handling policy, report/ignore/enospc/stop/auto";

    private static readonly string[] OnOffAutoValues = ["auto", "on", "off"];
    private static readonly string[] ErrorActions = ["report", "ignore", "enospc", "stop", "auto"];

    internal static QomProperty Bool(string name, bool value)
        => Make(name, "bool", null, QBool.From(value), static r => QBool.From(r.ReadBool()));

    internal static QomProperty Bit(string name, bool value)
        => Make(name, "bool", "on/off", QBool.From(value), static r => QBool.From(r.ReadBool()));

    internal static QomProperty UInt8(string name, byte value) => Unsigned(name, "uint8", byte.MaxValue, value);

    internal static QomProperty UInt16(string name, ushort value) => Unsigned(name, "uint16", ushort.MaxValue, value);

    internal static QomProperty UInt32(string name, uint value) => Unsigned(name, "uint32", uint.MaxValue, value);

    internal static QomProperty UInt64(string name, ulong value) => Unsigned(name, "uint64", ulong.MaxValue, value);

    internal static QomProperty Int32(string name, int value)
        => Make(name, "int32", null, new QNum((long)value), static r => new QNum((long)r.ReadInt32()));

    internal static QomProperty Size(string name, ulong value)
        => Make(name, "size", null, Number(value), static r => Number(r.ReadSize()));

    /// <summary>A size that fits 32 bits.</summary>
    internal static QomProperty Size32(string name, ulong value) => new()
    {
        Name = name,
        Type = "size",
        DefaultValue = Number(value),
        Get = o => ((DeviceObject)o).Value(name),
        Set = (o, reader) =>
        {
            var device = (DeviceObject)o;
            device.CheckNotRealized(name);
            ulong size = reader.ReadSize();
            if (size > uint.MaxValue)
            {
                throw new QmpException(string.Create(
                    CultureInfo.InvariantCulture, $"Property {device.Class.Name}.{name} doesn't take value {size} (maximum: {uint.MaxValue})"));
            }

            device.Store(name, Number(size));
            return default;
        },
    };

    /// <summary>Text; null and "" read the same.</summary>
    internal static QomProperty Str(string name) => Make(name, "str", null, null, static r => new QString(r.ReadString()));

    internal static QomProperty OnOffAuto(string name, string value = "auto")
        => Make(name, "OnOffAuto", "on/off/auto", new QString(value), static r => new QString(r.ReadEnum(OnOffAutoValues)));

    internal static QomProperty ErrorAction(string name)
        => Make(name, "BlockdevOnError", ErrorActionDescription, new QString("auto"), static r => new QString(r.ReadEnum(ErrorActions)));

    internal static QomProperty Words(string name, string type, string description, string value, string[] values)
        => Make(name, type, description, new QString(value), r => new QString(r.ReadEnum(values)));

    /// <summary>A block size: 0 for automatic, else a power of two.</summary>
    internal static QomProperty BlockSize(string name) => new()
    {
        Name = name,
        Type = "size",
        Description = BlockSizeDescription,
        DefaultValue = new QNum(0L),
        Get = o => ((DeviceObject)o).Value(name),
        Set = (o, reader) =>
        {
            var device = (DeviceObject)o;
            device.CheckNotRealized(name);
            ulong size = reader.ReadSize();
            if (size is not 0 and (< SmallestBlock or > LargestBlock))
            {
                throw new QmpException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Property {device.Id}.{name} doesn't take value {unchecked((long)size)} (minimum: {SmallestBlock}, maximum: {LargestBlock})"));
            }

            if (size != 0 && !BitOperations.IsPow2(size))
            {
                throw new QmpException(string.Create(
                    CultureInfo.InvariantCulture, $"Property {device.Id}.{name} doesn't take value '{size}', it's not a power of 2"));
            }

            device.Store(name, Number(size));
            return default;
        },
    };

    private static QomProperty Unsigned(string name, string type, ulong max, ulong value)
        => Make(name, type, null, Number(value), r => Number(r.ReadUnsigned(max, type + "_t")));

    /// <summary>A property with a reader of its own.</summary>
    internal static QomProperty Make(string name, string type, string? description, QObject? value, Func<QomValueReader, QObject> read) => new()
    {
        Name = name,
        Type = type,
        Description = description,
        DefaultValue = value,
        Get = o => ((DeviceObject)o).Value(name),
        Set = (o, reader) =>
        {
            var device = (DeviceObject)o;
            device.CheckNotRealized(name);
            device.Store(name, read(reader));
            return default;
        },
    };

    internal static QNum Number(ulong value) => value <= long.MaxValue ? new QNum((long)value) : new QNum(value);
}
