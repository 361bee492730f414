namespace QmpHost.Qapi;

/// <summary>One JSON value as QMP knows it: the untyped form of everything that crosses the wire.</summary>
/// <remarks>Trees are not thread safe; a host touches them on its event loop only.</remarks>
public abstract class QObject
{
    private protected QObject()
    {
    }

    /// <summary>Which of the six JSON types this value has.</summary>
    public abstract QObjectKind Kind { get; }

    /// <summary>Compares two trees by value. Member order does not matter; an integer equals another integer of the same value, and never a floating point number.</summary>
    /// <param name="other">The tree to compare with.</param>
    /// <returns>True if both trees hold the same values.</returns>
    public abstract bool DeepEquals(QObject? other);

    /// <summary>The value as compact JSON text, members in wire order.</summary>
    /// <returns>What <see cref="QapiWriter.WriteObject"/> writes for this value.</returns>
    public sealed override string ToString()
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        writer.WriteObject(this);
        writer.Flush();
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
