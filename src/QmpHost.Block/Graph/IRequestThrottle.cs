using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>Holds the reads and writes of a backend back, so that they keep to limits.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public interface IRequestThrottle
{
    /// <summary>The name of the group whose limits they are.</summary>
    string GroupName { get; }

    /// <summary>The limits, with all members present.</summary>
    ThrottleLimits Limits { get; }

    /// <summary>Waits until a request may go on.</summary>
    /// <param name="isWrite">Whether it writes.</param>
    /// <param name="bytes">Its length in bytes.</param>
    /// <returns>A task that ends then.</returns>
    ValueTask PassAsync(bool isWrite, long bytes);

    /// <summary>Lets all requests go on, and all that come until <see cref="Enable"/>.</summary>
    void Disable();

    /// <summary>Holds requests back again.</summary>
    void Enable();

    /// <summary>Leaves the group; all requests go on.</summary>
    void Leave();
}
