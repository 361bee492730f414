namespace QmpHost.Hosting.Programs.Machine;

/// <summary>The keys of -smbios, by the type of table.</summary>
internal static class FirmwareTableKeys
{
    private static readonly Dictionary<int, string[]> Keys = new()
    {
        [0] = ["vendor", "version", "date", "release", "uefi"],
        [1] = ["manufacturer", "product", "version", "serial", "uuid", "sku", "family"],
        [2] = ["manufacturer", "product", "version", "serial", "asset", "location"],
        [3] = ["manufacturer", "version", "serial", "asset", "sku"],
        [4] = ["sock_pfx", "manufacturer", "version", "serial", "asset", "part", "max-speed", "current-speed", "processor-id"],
        [8] = ["internal_reference", "external_reference", "connector_type", "port_type"],
        [11] = ["value", "path"],
        [17] = ["loc_pfx", "bank", "manufacturer", "serial", "asset", "part", "speed"],
        [41] = ["designation", "kind", "instance", "pcidev"],
    };

    /// <summary>The keys of a type.</summary>
    /// <param name="type">A type that there is.</param>
    public static IEnumerable<string> Of(int type) => Keys[type].Append("type");
}
