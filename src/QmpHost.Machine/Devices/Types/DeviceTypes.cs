using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace QmpHost.Machine.Devices.Types;

/// <summary>The types of devices and buses, read from the recorded facts when they are first asked for. Thread safe.</summary>
internal static class DeviceTypes
{
    private static readonly Lazy<Catalogue> Loaded = new(static () => new Catalogue());

    /// <summary>All types in the order of QEMU's listings.</summary>
    internal static IEnumerable<DeviceType> All => Loaded.Value.Names.Select(static name => Find(name)!);

    /// <summary>The type of a name, or null.</summary>
    internal static DeviceType? Find(string name) => Loaded.Value.Find(name);

    /// <summary>The type of a name that is known to be there.</summary>
    internal static DeviceType Get(string name) => Find(name) ?? throw new InvalidOperationException($"There are no facts on the type '{name}'.");

    /// <summary>Finds a type of devices that can be added by its name or alias.</summary>
    internal static bool TryFindDevice(string name, [NotNullWhen(true)] out DeviceType? type)
    {
        type = Find(name) ?? Loaded.Value.FindAlias(name);
        return type is { CanBeAdded: true };
    }

    private sealed class Catalogue
    {
        private const int AliasField = 5;

        private readonly string[] _lines;
        private readonly Dictionary<string, int> _starts = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);
        private readonly Dictionary<string, DeviceType> _types = new(StringComparer.Ordinal);
        private readonly Lock _lock = new();

        internal Catalogue()
        {
            using Stream stream = typeof(DeviceTypes).Assembly.GetManifestResourceStream("Data/devices.tsv")!;
            using var reader = new StreamReader(stream, Encoding.UTF8);
            _lines = reader.ReadToEnd().Split('\n');
            for (int i = 0; i < _lines.Length; i++)
            {
                if (!_lines[i].StartsWith("T\t", StringComparison.Ordinal))
                {
                    continue;
                }

                string[] head = _lines[i].Split('\t');
                _starts.Add(head[1], i);
                if (head.Length > AliasField && head[AliasField].Length > 0)
                {
                    _aliases.TryAdd(head[AliasField], head[1]);
                }
            }
        }

        internal IEnumerable<string> Names => _starts.Keys;

        internal DeviceType? FindAlias(string alias) => _aliases.TryGetValue(alias, out string? name) ? Find(name) : null;

        internal DeviceType? Find(string name)
        {
            lock (_lock)
            {
                if (_types.TryGetValue(name, out DeviceType? type))
                {
                    return type;
                }

                if (!_starts.TryGetValue(name, out int start))
                {
                    return null;
                }

                string[] head = _lines[start].Split('\t');
                DeviceType? parent = head.Length > 2 && head[2].Length > 0 ? Find(head[2]) : null;
                type = new DeviceType(head, LinesAfter(start), parent);
                _types.Add(name, type);
                return type;
            }
        }

        private List<string[]> LinesAfter(int start)
        {
            var lines = new List<string[]>();
            for (int i = start + 1; i < _lines.Length && _lines[i].Length > 0 && !_lines[i].StartsWith("T\t", StringComparison.Ordinal); i++)
            {
                lines.Add(_lines[i].Split('\t'));
            }

            return lines;
        }
    }
}
