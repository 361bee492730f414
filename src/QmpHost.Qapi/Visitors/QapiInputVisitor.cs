using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace QmpHost.Qapi;

/// <summary>Reads untyped values into schema types and fails with QEMU's words. The generated visitors call it.</summary>
/// <remarks>One visitor reads one value, on one thread. After an exception it is of no further use.</remarks>
/// <param name="profile">The release whose members and values are known.</param>
/// <param name="notation">How the value is written down.</param>
public sealed class QapiInputVisitor(VersionProfile profile, InputNotation notation = InputNotation.Json)
{
    private Frame[] _frames = [];
    private int _depth;

    /// <summary>The release whose members and values are known.</summary>
    public VersionProfile Profile { get; } = profile;

    /// <summary>
    /// Whether what the schema does not know is passed over, as suits a client of a release that is newer than the schema: unknown
    /// members are left out, and an unknown value of an enum becomes -1.
    /// </summary>
    public bool IsLenient { get; init; }

    /// <summary>Enters an object.</summary>
    /// <param name="name">Its name in the enclosing object; null for the outermost one and in lists.</param>
    /// <param name="value">The value that must be an object.</param>
    /// <returns>The object.</returns>
    /// <exception cref="QmpException">It is none.</exception>
    public QDict BeginStruct(string? name, QObject value)
    {
        if (value is not QDict dict)
        {
            throw NotStructured(name, "object");
        }

        // The parser's limit on nesting leaves room on any thread's stack; a caller that is deep already must not fall either.
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new QmpException($"Parameter '{FullName(name)}' is nested too deeply");
        }

        Push(new Frame(name, -1));
        return dict;
    }

    /// <summary>Leaves the object that was entered last.</summary>
    public void EndStruct() => _depth--;

    /// <summary>Finds a member that must be there.</summary>
    /// <param name="dict">The object.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="seen">Counts the members that were found.</param>
    /// <returns>The member's value.</returns>
    /// <exception cref="QmpException">It is missing.</exception>
    public QObject Required(QDict dict, string name, ref int seen)
    {
        if (!dict.TryGetValue(name, out QObject? value))
        {
            throw new QmpException($"Parameter '{FullName(name)}' is missing");
        }

        seen++;
        return value;
    }

    /// <summary>Finds a member that may be absent.</summary>
    /// <param name="dict">The object.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="seen">Counts the members that were found.</param>
    /// <returns>The member's value, or null.</returns>
    public QObject? Optional(QDict dict, string name, ref int seen)
    {
        _ = Profile;
        if (!dict.TryGetValue(name, out QObject? value))
        {
            return null;
        }

        seen++;
        return value;
    }

    /// <summary>Reads a string.</summary>
    /// <param name="name">The member's name, or null in a list.</param>
    /// <param name="value">The value.</param>
    /// <returns>The string.</returns>
    /// <exception cref="QmpException">It is no string.</exception>
    public string VisitString(string? name, QObject value) => Text(name, value);

    /// <summary>Reads the text of an enum value.</summary>
    /// <inheritdoc cref="VisitString"/>
    public string VisitEnumText(string? name, QObject value) => VisitString(name, value);

    /// <summary>Reads a truth value.</summary>
    /// <inheritdoc cref="VisitString"/>
    public bool VisitBool(string? name, QObject value) => Bool(name, value) is QBool truth ? truth.Value : throw InvalidType(name, "boolean");

    /// <summary>Reads a number; an integer is one, too.</summary>
    /// <inheritdoc cref="VisitString"/>
    public double VisitNumber(string? name, QObject value) => Number(name, value) is QNum number ? number.AsDouble : throw InvalidType(name, "number");

    /// <summary>Reads <c>null</c>.</summary>
    /// <inheritdoc cref="VisitString"/>
    public QNull VisitNull(string? name, QObject value) => (notation != InputNotation.Json && value is QString { Value: "" } ? QNull.Instance : value as QNull) ?? throw InvalidType(name, "null");

    /// <summary>Takes any value as it is.</summary>
    /// <inheritdoc cref="VisitString"/>
    public QObject VisitAny(string? name, QObject value)
    {
        _ = name;
        _ = Profile;
        return value;
    }

    /// <summary>Reads a signed integer of 64 bits.</summary>
    /// <inheritdoc cref="VisitString"/>
    public long VisitInt64(string? name, QObject value)
    {
        if (Integer(name, value) is QNum number && number.TryGetInt64(out long result))
        {
            return result;
        }

        throw notation == InputNotation.Json ? InvalidType(name, "integer") : NotAnInteger(name);
    }

    /// <summary>Reads a signed integer of 32 bits.</summary>
    /// <inheritdoc cref="VisitString"/>
    public int VisitInt32(string? name, QObject value) =>
        VisitInt64(name, value) is >= int.MinValue and <= int.MaxValue and var result ? (int)result : throw OutOfRange(name, "int32_t");

    /// <summary>Reads a signed integer of 16 bits.</summary>
    /// <inheritdoc cref="VisitString"/>
    public short VisitInt16(string? name, QObject value) =>
        VisitInt64(name, value) is >= short.MinValue and <= short.MaxValue and var result ? (short)result : throw OutOfRange(name, "int16_t");

    /// <summary>Reads a signed integer of 8 bits.</summary>
    /// <inheritdoc cref="VisitString"/>
    public sbyte VisitInt8(string? name, QObject value) =>
        VisitInt64(name, value) is >= sbyte.MinValue and <= sbyte.MaxValue and var result ? (sbyte)result : throw OutOfRange(name, "int8_t");

    /// <summary>Reads an unsigned integer of 64 bits. As QEMU does, a negative integer stands for the one with the same bits.</summary>
    /// <inheritdoc cref="VisitString"/>
    public ulong VisitUInt64(string? name, QObject value)
    {
        if (Integer(name, value) is QNum number)
        {
            if (number.TryGetUInt64(out ulong result))
            {
                return result;
            }

            if (number.TryGetInt64(out long negative))
            {
                return unchecked((ulong)negative);
            }
        }

        throw new QmpException($"Parameter '{FullName(name)}' expects uint64");
    }

    /// <summary>Reads an unsigned integer of 32 bits.</summary>
    /// <inheritdoc cref="VisitString"/>
    public uint VisitUInt32(string? name, QObject value) =>
        VisitUInt64(name, value) is <= uint.MaxValue and var result ? (uint)result : throw OutOfRange(name, "uint32_t");

    /// <summary>Reads an unsigned integer of 16 bits.</summary>
    /// <inheritdoc cref="VisitString"/>
    public ushort VisitUInt16(string? name, QObject value) =>
        VisitUInt64(name, value) is <= ushort.MaxValue and var result ? (ushort)result : throw OutOfRange(name, "uint16_t");

    /// <summary>Reads an unsigned integer of 8 bits.</summary>
    /// <inheritdoc cref="VisitString"/>
    public byte VisitUInt8(string? name, QObject value) =>
        VisitUInt64(name, value) is <= byte.MaxValue and var result ? (byte)result : throw OutOfRange(name, "uint8_t");

    /// <summary>Reads a size in bytes.</summary>
    /// <inheritdoc cref="VisitString"/>
    public ulong VisitSize(string? name, QObject value) => IsText(value)
        ? KeyvalScalar.ParseSize(Text(name, value)) ?? throw NotASize(name)
        : VisitUInt64(name, value);

    /// <summary>Reads a list.</summary>
    /// <typeparam name="T">The type of its elements.</typeparam>
    /// <param name="name">The list's name, or null in a list.</param>
    /// <param name="value">The value.</param>
    /// <param name="element">Reads an element; gets a null name.</param>
    /// <returns>The list.</returns>
    /// <exception cref="QmpException">It is no list, or an element does not fit.</exception>
    public IReadOnlyList<T> VisitList<T>(string? name, QObject value, Func<QapiInputVisitor, string?, QObject, T> element)
    {
        if (value is not QList list)
        {
            throw NotStructured(name, "array");
        }

        if (list.Count == 0)
        {
            return [];
        }

        var result = new T[list.Count];
        Push(new Frame(name, 0));
        for (int i = 0; i < result.Length; i++)
        {
            _frames[_depth - 1].Index = i;
            result[i] = element(this, null, list[i]);
        }

        _depth--;
        return result;
    }

    /// <summary>The error for members that the schema does not have.</summary>
    /// <param name="dict">The object.</param>
    /// <param name="known">The members that it may have.</param>
    /// <returns>The exception to throw.</returns>
    public QmpException Unexpected(QDict dict, IReadOnlyCollection<string> known)
    {
        string name = UnexpectedMember.Find(dict, known);
        return notation == InputNotation.Options ? NotAParameter(name) : new QmpException($"Parameter '{FullName(name)}' is unexpected");
    }

    /// <summary>The error for a value that an enum does not have.</summary>
    /// <param name="name">The member's name, or null in a list.</param>
    /// <param name="text">The value.</param>
    /// <returns>The exception to throw.</returns>
    public QmpException DoesNotAccept(string? name, string text)
    {
        _ = Profile;
        return new QmpException(notation == InputNotation.Driver && name != "driver"
            ? $"invalid parameter value: {text}"
            : $"Parameter '{name ?? "null"}' does not accept value '{text}'");
    }

    /// <summary>The error for a value of a JSON type that no alternative has.</summary>
    /// <param name="name">The member's name, or null in a list.</param>
    /// <param name="expected">The name of the alternate type.</param>
    /// <returns>The exception to throw.</returns>
    public QmpException WrongAlternative(string? name, string expected)
    {
        _ = Profile;
        return new QmpException($"Invalid parameter type for '{name ?? "null"}', expected: {expected}");
    }

    // What a driver reads itself may come from JSON, too.
    private bool IsText(QObject value) => notation switch
    {
        InputNotation.Json => false,
        InputNotation.Driver => value is not (QBool or QNum),
        _ => true,
    };

    private QObject Bool(string? name, QObject value)
        => !IsText(value) ? value : KeyvalScalar.ParseBool(Text(name, value)) ?? throw new QmpException($"Parameter '{FullName(name)}' expects 'on' or 'off'");

    private QObject Integer(string? name, QObject value)
        => !IsText(value) ? value : KeyvalScalar.ParseInteger(Text(name, value)) ?? throw NotAnInteger(name);

    private QObject Number(string? name, QObject value)
        => !IsText(value) ? value : KeyvalScalar.ParseNumber(Text(name, value)) ?? throw InvalidType(name, "number");

    private string Text(string? name, QObject value)
    {
        if (value is QString text)
        {
            return text.Value;
        }

        // On a command line, an object in place of a text comes from keys with a point too many.
        throw notation != InputNotation.Json && value is (QDict or QList) ? new QmpException($"Parameters '{FullName(name)}.*' are unexpected") : InvalidType(name, "string");
    }

    private static QmpException OutOfRange(string? name, string type) => new($"Parameter '{name ?? "null"}' expects {type}");

    private static QmpException NotAParameter(string name) => new($"Invalid parameter '{name}'");

    private QmpException NotStructured(string? name, string expected)
        => notation == InputNotation.Options && name is not null ? NotAParameter(name) : InvalidType(name, expected);

    private QmpException NotAnInteger(string? name)
        => notation switch
        {
            InputNotation.Options => new QmpException($"Parameter '{FullName(name)}' expects an int64 value"),
            InputNotation.Driver => new QmpException($"Parameter '{name}' expects a number"),
            _ => new QmpException($"Parameter '{FullName(name)}' expects integer"),
        };

    private QmpException NotASize(string? name)
        => new($"Parameter '{FullName(name)}' expects a size value representable as a 64-bit integer");

    private QmpException InvalidType(string? name, string expected) =>
        new($"Invalid parameter type for '{FullName(name)}', expected: {expected}");

    private void Push(Frame frame)
    {
        if (_depth == _frames.Length)
        {
            Array.Resize(ref _frames, Math.Max(4, _depth * 2));
        }

        _frames[_depth++] = frame;
    }

    // The path from the outermost object: members are separated by points; elements of lists stand in brackets, or on a command line after a point.
    private string FullName(string? name)
    {
        var path = new StringBuilder();
        for (int i = 0; i < _depth; i++)
        {
            Append(path, _frames[i].Name);
            if (_frames[i].Index >= 0)
            {
                _ = notation != InputNotation.Json
                    ? path.Append(CultureInfo.InvariantCulture, $".{_frames[i].Index}")
                    : path.Append(CultureInfo.InvariantCulture, $"[{_frames[i].Index}]");
            }
        }

        Append(path, name);
        return path.Length == 0 && name is null ? "null" : path.ToString();
    }

    private static void Append(StringBuilder path, string? name)
    {
        if (name is not null)
        {
            path.Append(path.Length > 0 ? "." : string.Empty).Append(name);
        }
    }

    private struct Frame(string? name, int index)
    {
        public readonly string? Name = name;

        // The element that is being read, or -1 in an object.
        public int Index = index;
    }
}
