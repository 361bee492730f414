using System.Globalization;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>Which device boots at which place: no place is given twice.</summary>
internal sealed class BootOrder
{
    private const int None = -1;

    private readonly Dictionary<(QomObject Device, string Name), int> _places = [];

    /// <summary>The property of one device that tells its place.</summary>
    /// <param name="name">The property's name.</param>
    internal QomProperty MakeProperty(string name) => new()
    {
        Name = name,
        Type = "int32",
        Get = o => new QNum((long)_places.GetValueOrDefault((o, name), None)),
        Set = (o, reader) =>
        {
            int place = reader.ReadInt32();
            if (place >= 0 && _places.ContainsValue(place) && _places.GetValueOrDefault((o, name), None) != place)
            {
                throw new QmpException(string.Create(CultureInfo.InvariantCulture, $"The bootindex {place} has already been used"));
            }

            _places[(o, name)] = place;
            return default;
        },
    };

    /// <summary>Forgets the places of a device.</summary>
    internal void Remove(QomObject device)
    {
        foreach ((QomObject Device, string Name) key in _places.Keys.Where(key => key.Device == device).ToArray())
        {
            _places.Remove(key);
        }
    }
}
