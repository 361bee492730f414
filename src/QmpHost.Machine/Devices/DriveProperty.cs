using QmpHost.Block.Graph;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>The property "drive" of a device, and the drive behind it.</summary>
internal sealed class DriveProperty
{
    private readonly DeviceObject _device;
    private readonly IBackendDevice _front;
    private readonly IDriveProvider _provider;

    internal DriveProperty(DeviceObject device, IBackendDevice front, IDriveProvider provider)
    {
        _device = device;
        _front = front;
        _provider = provider;
    }

    /// <summary>The drive, or null when none was given.</summary>
    internal IDrive? Drive { get; private set; }

    /// <summary>The property for classes whose objects are <see cref="IHasDrive"/>.</summary>
    internal static QomProperty Property { get; } = new()
    {
        Name = "drive",
        Type = "str",
        Description = "Node name or ID of a block device to use as a backend",
        Get = static o => new QString(((IHasDrive)o).Drive.Drive?.NodeName ?? ""),
        Set = static (o, reader) => ((IHasDrive)o).Drive.SetAsync(reader.ReadString()),
    };

    /// <summary>The drive, which must have a medium.</summary>
    /// <exception cref="QmpException">It was not given, or is empty.</exception>
    internal IDrive RequireMedium()
    {
        IDrive drive = Drive ?? throw new QmpException("drive property not set");
        return drive.HasMedium ? drive : throw new QmpException("Device needs media, but drive is empty");
    }

    /// <summary>The drive; without a medium when none was given.</summary>
    internal IDrive GetOrMakeEmpty() => Drive ??= _provider.OpenEmpty(_front);

    /// <summary>Hands the drive on to another device.</summary>
    internal void GiveTo(DriveProperty other)
    {
        if (Drive is { } drive)
        {
            Drive = null;
            drive.MoveTo(other._front);
            other.Drive = drive;
        }
    }

    internal async ValueTask CloseAsync()
    {
        if (Drive is { } drive)
        {
            Drive = null;
            await drive.CloseAsync();
        }
    }

    private async ValueTask SetAsync(string name)
    {
        if (_device.IsRealized && Drive is { } current)
        {
            await current.SwitchAsync(name);
            return;
        }

        IDrive? drive = null;
        if (name.Length > 0)
        {
            drive = _provider.TryOpen(name, _front)
                ?? throw new QmpException($"Property '{_device.Class.Name}.drive' can't find value '{name}'");
        }

        await CloseAsync();
        Drive = drive;
    }
}
