namespace QmpHost.Sessions;

/// <summary>A session file that cannot be understood, or a session that could not be played to its end.</summary>
public sealed class SessionException : Exception
{
    /// <summary>Creates the exception with a message that names the session's line where there is one.</summary>
    public SessionException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public SessionException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
