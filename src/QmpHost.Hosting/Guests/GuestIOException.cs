using QmpHost.Block.Core;

namespace QmpHost.Hosting.Guests;

/// <summary>A request of the guest has failed.</summary>
public sealed class GuestIOException : IOException
{
    internal GuestIOException(string what, BlockIOException cause)
        : base($"{what}: {cause.Message}", cause)
    {
        ErrorNumber = (int)cause.Errno;
        ErrorName = cause.Errno.ToString();
    }

    internal GuestIOException(string what)
        : base(what)
    {
    }

    /// <summary>The error as a number, such as 28; 0 where the guest read something else than it should have.</summary>
    public int ErrorNumber { get; }

    /// <summary>The error's name, such as "ENOSPC"; empty where there is none.</summary>
    public string ErrorName { get; } = "";
}
