namespace QmpHost.Qapi;

/// <summary>A JSON string.</summary>
/// <param name="value">The text, unescaped.</param>
public sealed class QString(string value) : QObject
{
    /// <summary>The text, unescaped.</summary>
    public string Value { get; } = value;

    /// <inheritdoc/>
    public override QObjectKind Kind => QObjectKind.String;

    /// <inheritdoc/>
    public override bool DeepEquals(QObject? other) => other is QString s && string.Equals(s.Value, Value, StringComparison.Ordinal);
}
