using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Machine.Devices.Types;

/// <summary>Makes properties from recorded facts: name, type, description and default.</summary>
internal static class RecordedProperty
{
    private const int DefaultField = 4;

    private static readonly HashSet<string> SmallSizes = ["min_io_size", "opt_io_size", "discard_granularity"];

    /// <summary>Makes a property.</summary>
    /// <param name="line">The fields of its line.</param>
    internal static QomProperty Make(string[] line)
    {
        string name = line[1], type = line[2];
        string? description = line.Length > 3 && line[3].Length > 0 ? line[3] : null;
        QObject? value = line.Length > DefaultField ? JsonParser.Parse(line[DefaultField]) : null;
        return (name, type) switch
        {
            ("type", "string") => QomProperties.Type,
            ("addr", "int32") => PciAddress.Property,
            ("legacy-addr", _) => PciAddress.LegacyProperty,
            ("drive", "str") => DriveProperty.Property,
            ("mac", "str") => MacAddress.Property(description),
            ("netdev", "str") => Attachments.Netdev(description),
            ("chardev", "str") => Attachments.Chardev(description),
            (_, "size") when SmallSizes.Contains(name) => QdevProperty.Size32(name, Unsigned(value)),
            ("logical_block_size" or "physical_block_size", "size") => QdevProperty.BlockSize(name),
            (_, "str") when name.StartsWith("legacy-", StringComparison.Ordinal) => new QomProperty { Name = name, Type = type, Description = description },
            _ when type.StartsWith("link<", StringComparison.Ordinal) => LinkProperty.Make(name, type),
            _ when type.StartsWith("child<", StringComparison.Ordinal) => ReadOnly(name, type, description),
            _ => Scalar(name, type, description, value),
        };
    }

    private static QomProperty Scalar(string name, string type, string? description, QObject? value) => type switch
    {
        "bool" => QdevProperty.Make(name, type, description, value, static r => QBool.From(r.ReadBool())),
        "uint8" => Whole(name, type, description, value, byte.MaxValue),
        "uint16" => Whole(name, type, description, value, ushort.MaxValue),
        "uint32" => Whole(name, type, description, value, uint.MaxValue),
        "uint64" => Whole(name, type, description, value, ulong.MaxValue),
        "int8" or "int16" or "int32" => QdevProperty.Make(name, type, description, value, static r => new QNum((long)r.ReadInt32())),
        "int64" or "int" => QdevProperty.Make(name, type, description, value, static r => new QNum(r.ReadInt64())),
        "size" => QdevProperty.Make(name, type, description, value, static r => QdevProperty.Number(r.ReadSize())),
        "str" => QdevProperty.Make(name, type, description, value, static r => new QString(r.ReadString())),
        _ when Words(description) is { } words => QdevProperty.Make(name, type, description, value, r => new QString(r.ReadEnum(words))),
        _ => ReadOnly(name, type, description),
    };

    private static QomProperty Whole(string name, string type, string? description, QObject? value, ulong max)
        => QdevProperty.Make(name, type, description, value, r => QdevProperty.Number(r.ReadUnsigned(max, type + "_t")));

    private static QomProperty ReadOnly(string name, string type, string? description) => new()
    {
        Name = name,
        Type = type,
        Description = description,
        Get = o => ((DeviceObject)o).Value(name),
    };

    // The values of an enumeration stand at the end of its description, with slashes between them.
    private static string[]? Words(string? description)
        => description?.Split(' ')[^1].Split('/') is { Length: > 1 } words ? words : null;

    private static ulong Unsigned(QObject? value) => value is QNum number && number.TryGetUInt64(out ulong unsigned) ? unsigned : 0;
}
