namespace QmpHost.Qapi;

/// <summary>An error that becomes the reply to a command. The message is QEMU's, to the letter.</summary>
public sealed class QmpException : Exception
{
    /// <summary>Makes an error of class <see cref="QmpErrorClass.GenericError"/>.</summary>
    /// <param name="message">The description that the client gets.</param>
    public QmpException(string message)
        : this(QmpErrorClass.GenericError, message)
    {
    }

    /// <summary>Makes an error.</summary>
    /// <param name="errorClass">Its class.</param>
    /// <param name="message">The description that the client gets.</param>
    public QmpException(QmpErrorClass errorClass, string message)
        : base(message) => ErrorClass = errorClass;

    /// <summary>Makes an error of class <see cref="QmpErrorClass.GenericError"/> that has a cause.</summary>
    /// <param name="message">The description that the client gets.</param>
    /// <param name="innerException">What caused it; not shown to the client.</param>
    public QmpException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Refuses what must not be so.</summary>
    /// <param name="holds">Whether it is so.</param>
    /// <param name="message">The description that the client gets.</param>
    /// <exception cref="QmpException">It is.</exception>
    public static void ThrowIf(bool holds, string message)
    {
        if (holds)
        {
            throw new QmpException(message);
        }
    }

    /// <summary>The class of the error.</summary>
    public QmpErrorClass ErrorClass { get; }

    /// <summary>What people, in contrast to QMP clients, are told besides; null for nothing.</summary>
    public string? Hint { get; init; }

    /// <summary>The message, and the hint on lines of its own, as people get to see them.</summary>
    public string MessageWithHint => Hint is null ? Message : $"{Message}\n{Hint}";
}
