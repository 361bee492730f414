namespace QmpHost.Machine.Devices;

/// <summary>A device with a property "drive".</summary>
internal interface IHasDrive
{
    /// <summary>The property's side in the device.</summary>
    DriveProperty Drive { get; }
}
