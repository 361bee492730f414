namespace QmpHost.Qapi;

/// <summary>JSON <c>null</c>.</summary>
public sealed class QNull : QObject
{
    private QNull()
    {
    }

    /// <summary>The only instance.</summary>
    public static QNull Instance { get; } = new();

    /// <inheritdoc/>
    public override QObjectKind Kind => QObjectKind.Null;

    /// <inheritdoc/>
    public override bool DeepEquals(QObject? other) => other is QNull;
}
