namespace QmpHost.Testing;

/// <summary>A test on a host has failed.</summary>
public sealed class HostTestException : Exception
{
    internal HostTestException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
