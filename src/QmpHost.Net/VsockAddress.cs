using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Net;

/// <summary>Addresses between a guest and its host, which the platform has no sockets for: they are checked, and refused.</summary>
internal static class VsockAddress
{
    /// <summary>What is wrong with an address: its numbers, or that there are no such sockets.</summary>
    public static QmpException Refuse(VsockSocketAddress address)
        => !IsNumber(address.Cid) ? new QmpException($"Failed to parse cid '{address.Cid}'")
            : !IsNumber(address.Port) ? new QmpException($"Failed to parse port '{address.Port}'")
            : new QmpException("socket family AF_VSOCK unsupported");

    // As C's strtoul does it: spaces before, nothing after.
    private static bool IsNumber(string text)
        => uint.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
}
