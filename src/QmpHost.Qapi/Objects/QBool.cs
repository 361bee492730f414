namespace QmpHost.Qapi;

/// <summary>JSON <c>true</c> or <c>false</c>.</summary>
public sealed class QBool : QObject
{
    private QBool(bool value) => Value = value;

    /// <summary>JSON <c>true</c>.</summary>
    public static QBool True { get; } = new(true);

    /// <summary>JSON <c>false</c>.</summary>
    public static QBool False { get; } = new(false);

    /// <summary>The value.</summary>
    public bool Value { get; }

    /// <inheritdoc/>
    public override QObjectKind Kind => QObjectKind.Bool;

    /// <summary>The shared instance for a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns><see cref="True"/> or <see cref="False"/>.</returns>
    public static QBool From(bool value) => value ? True : False;

    /// <inheritdoc/>
    public override bool DeepEquals(QObject? other) => other is QBool b && b.Value == Value;
}
