using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Net;

/// <summary>Resolves hosts and ports with the C library, whose rules and messages QEMU's users know.</summary>
internal static unsafe partial class AddressResolver
{
    private const int AddressFamilyUnspecified = 0;
    private const int AddressFamilyInet = 2;
    private const int AddressFamilyInet6 = 10;
    private const int SocketTypeStream = 1;
    private const int Passive = 1;
    private const int NumericHost = 4;
    private const int V4Mapped = 8;
    private const int AddressConfigured = 32;

    /// <summary>Resolves an address to listen on or to connect to.</summary>
    /// <param name="address">The address.</param>
    /// <param name="passive">Whether it is to listen on.</param>
    /// <returns>The endpoints in the order in which they are to be tried; not empty.</returns>
    /// <exception cref="QmpException">It cannot be resolved.</exception>
    public static List<IPEndPoint> Resolve(InetSocketAddress address, bool passive)
    {
        var hints = new AddressInfo
        {
            Family = GetFamily(address),
            SocketType = SocketTypeStream,
            Flags = (passive ? Passive : AddressConfigured | V4Mapped) | (address.Numeric == true ? NumericHost : 0),
        };
        string? host = passive && address.Host.Length == 0 ? null : address.Host;
        string? service = passive && address.Port.Length == 0 ? null : address.Port;
        int error = GetAddressInfo(Terminated(host), Terminated(service), hints, out AddressInfo* first);
        if (error != 0)
        {
            string reason = Marshal.PtrToStringUTF8((nint)GetErrorText(error)) ?? "";
            throw new QmpException($"address resolution failed for {address.Host}:{address.Port}: {reason}");
        }

        try
        {
            List<IPEndPoint> endpoints = [];
            for (AddressInfo* info = first; info != null; info = info->Next)
            {
                endpoints.Add(Read(*info));
            }

            return endpoints;
        }
        finally
        {
            FreeAddressInfo(first);
        }
    }

    /// <summary>Whether a listener on an IPv6 address must leave IPv4 alone.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Whether it must.</returns>
    public static bool IsIPv6Only(InetSocketAddress address) => GetFamily(address) == AddressFamilyInet6 && address.Ipv4 != true;

    private static int GetFamily(InetSocketAddress address) => (address.Ipv4, address.Ipv6) switch
    {
        (false, false) => throw new QmpException("Cannot disable IPv4 and IPv6 at same time"),
        (true, true) => AddressFamilyInet6,
        (_, true) or (false, _) => AddressFamilyInet6,
        (true, _) or (_, false) => AddressFamilyInet,
        _ => AddressFamilyUnspecified,
    };

    private static IPEndPoint Read(AddressInfo info)
    {
        var bytes = new ReadOnlySpan<byte>(info.Address, (int)info.AddressLength);
        int port = (bytes[2] << 8) | bytes[3];
        return info.Family == AddressFamilyInet
            ? new IPEndPoint(new IPAddress(bytes.Slice(4, 4)), port)
            : new IPEndPoint(new IPAddress(bytes.Slice(8, 16), MemoryMarshal.Read<uint>(bytes[24..])), port);
    }

    private static byte[]? Terminated(string? text) => text is null ? null : ModifiedUtf8.GetTerminatedBytes(text);

    [LibraryImport("libc", EntryPoint = "getaddrinfo")]
    private static partial int GetAddressInfo(byte[]? host, byte[]? service, in AddressInfo hints, out AddressInfo* result);

    [LibraryImport("libc", EntryPoint = "freeaddrinfo")]
    private static partial void FreeAddressInfo(AddressInfo* info);

    [LibraryImport("libc", EntryPoint = "gai_strerror")]
    private static partial byte* GetErrorText(int error);

    [StructLayout(LayoutKind.Sequential)]
    private struct AddressInfo
    {
        public int Flags;
        public int Family;
        public int SocketType;
        public int Protocol;
        public uint AddressLength;
        public byte* Address;
        public byte* CanonicalName;
        public AddressInfo* Next;
    }
}
