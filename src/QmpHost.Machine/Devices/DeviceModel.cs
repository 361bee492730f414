using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices;

/// <summary>A kind of device that can be added.</summary>
/// <param name="Class">Its class.</param>
/// <param name="BusClass">The class of the buses that it can be plugged into.</param>
/// <param name="Make">Makes one.</param>
internal sealed record DeviceModel(QomClass Class, QomClass BusClass, Func<DeviceContext, DeviceObject> Make)
{
    /// <summary>Another name, or null.</summary>
    public string? Alias { get; init; }

    /// <summary>What it is, in a few words, or null.</summary>
    public string? Description { get; init; }

    /// <summary>Whether it connects other devices rather than storing anything.</summary>
    public bool IsBridge { get; init; }
}
