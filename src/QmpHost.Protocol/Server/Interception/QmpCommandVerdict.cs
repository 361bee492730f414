using QmpHost.Qapi;

namespace QmpHost.Protocol.Server.Interception;

/// <summary>What becomes of a command. The default value has it executed.</summary>
public readonly record struct QmpCommandVerdict
{
    /// <summary>It is neither executed nor answered.</summary>
    public static QmpCommandVerdict Ignore { get; } = new() { IsIgnored = true };

    /// <summary>The connection ends; the command is not executed.</summary>
    public static QmpCommandVerdict DropConnection { get; } = new() { Drops = true };

    /// <summary>The error that is answered instead, or null.</summary>
    public QmpException? Error { get; private init; }

    /// <summary>What is returned instead, or null.</summary>
    public QObject? Result { get; private init; }

    internal bool IsIgnored { get; private init; }

    internal bool Drops { get; private init; }

    internal bool IsAnswered { get; private init; }

    /// <summary>It is not executed, but answered with an error.</summary>
    /// <param name="error">The error.</param>
    /// <returns>The verdict.</returns>
    public static QmpCommandVerdict Fail(QmpException error) => new() { Error = error, IsAnswered = true };

    /// <summary>It is not executed, but answered with a result.</summary>
    /// <param name="result">What is returned.</param>
    /// <returns>The verdict.</returns>
    public static QmpCommandVerdict Return(QObject result) => new() { Result = result, IsAnswered = true };
}
