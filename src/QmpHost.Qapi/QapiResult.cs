namespace QmpHost.Qapi;

/// <summary>What a command returned, ready to be written. The default value is the empty object of a command without result.</summary>
public readonly struct QapiResult
{
    private readonly object? _value;
    private readonly Action<QapiWriter, VersionProfile, object>? _write;

    /// <summary>Makes a result.</summary>
    /// <param name="value">The value.</param>
    /// <param name="write">Writes it; a static delegate, so that a result costs no allocation.</param>
    public QapiResult(object value, Action<QapiWriter, VersionProfile, object> write)
    {
        _value = value;
        _write = write;
    }

    /// <summary>The value as the handler returned it, or null if the command has no result.</summary>
    public object? Value => _value;

    /// <summary>Makes a result from a value that can write itself.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The result.</returns>
    public static QapiResult From(IQapiWritable value) => new(value, static (w, p, v) => ((IQapiWritable)v).WriteTo(w, p));

    /// <summary>Makes a result from an untyped value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The result.</returns>
    public static QapiResult From(QObject value) => new(value, static (w, _, v) => w.WriteObject((QObject)v));

    /// <summary>Makes a result from a string.</summary>
    /// <param name="value">The string.</param>
    /// <returns>The result.</returns>
    public static QapiResult From(string value) => new(value, static (w, _, v) => w.WriteString((string)v));

    /// <summary>Writes the value that stands beside <c>return</c>.</summary>
    /// <param name="writer">Where to write it.</param>
    /// <param name="profile">The release whose members are shown.</param>
    public void WriteTo(QapiWriter writer, VersionProfile profile)
    {
        if (_write is null)
        {
            writer.BeginObject();
            writer.EndObject();
        }
        else
        {
            _write(writer, profile, _value!);
        }
    }
}
