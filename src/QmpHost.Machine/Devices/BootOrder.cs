using System.Globalization;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Devices;

/// <summary>Which device boots at which place: no place is given twice.</summary>
internal sealed class BootOrder
{
    private const int None = -1;

    private readonly Dictionary<QomObject, int> _places = [];

    /// <summary>The property "bootindex" of one device.</summary>
    internal QomProperty MakeProperty() => new()
    {
        Name = "bootindex",
        Type = "int32",
        Get = o => new QNum((long)_places.GetValueOrDefault(o, None)),
        Set = (o, reader) =>
        {
            int place = reader.ReadInt32();
            if (place >= 0 && _places.ContainsValue(place) && _places.GetValueOrDefault(o, None) != place)
            {
                throw new QmpException(string.Create(CultureInfo.InvariantCulture, $"The bootindex {place} has already been used"));
            }

            _places[o] = place;
            return default;
        },
    };

    internal void Remove(QomObject device) => _places.Remove(device);
}
