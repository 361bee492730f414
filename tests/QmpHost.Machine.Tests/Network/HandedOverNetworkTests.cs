using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NUnit.Framework;
using QmpHost.Machine.Network;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Tests.Network;

/// <summary>Interfaces of the computer that a client opens and hands over, as management layers do.</summary>
[TestFixture]
public sealed partial class HandedOverNetworkTests
{
    private const nuint SetInterface = 0x400454CA;
    private const ushort TapWithoutHeader = 0x1002;

    [Test]
    public void AnInterfaceIsKeptAndListed()
    {
        using var descriptors = new NamedDescriptors();
        SafeFileHandle tap = OpenInterface();
        descriptors.Add("net0", tap);
        using var network = new NetworkBackends();

        network.Add(Tap("net0"), VersionProfile.Default, descriptors);

        Assert.That(network.List().Select(static entry => entry.Description), Is.EqualTo(new[] { $"h: index=0,type=tap,fd={tap.DangerousGetHandle()}" }));
        Assert.That(descriptors.Take("net0"), Is.Null);
        network.Remove("h");
        Assert.That(tap.IsClosed);
    }

    [Test]
    public void WhatIsNoInterfaceIsRefused()
    {
        using var descriptors = new NamedDescriptors();
        descriptors.Add("net0", File.OpenHandle("/dev/null"));
        using var network = new NetworkBackends();

        QmpException refusal = Assert.Throws<QmpException>(() => network.Add(Tap("net0"), VersionProfile.Default, descriptors))!;

        Assert.That(refusal.Message, Does.Match("^Unable to query TUNGETIFF on FD [0-9]+: Inappropriate ioctl for device$"));
        Assert.That(network.Has("h"), Is.False);
    }

    private static Netdev Tap(string descriptor) => Netdev.Visit(
        new QapiInputVisitor(VersionProfile.Default, InputNotation.Json),
        null,
        new QDict { ["type"] = new QString("tap"), ["id"] = new QString("h"), ["fd"] = new QString(descriptor) });

    private static unsafe SafeFileHandle OpenInterface()
    {
        byte* request = stackalloc byte[40];
        Encoding.ASCII.GetBytes("qmphost%d", new Span<byte>(request, 16));
        *(ushort*)(request + 16) = TapWithoutHeader;
        try
        {
            SafeFileHandle handle = File.OpenHandle("/dev/net/tun", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (Control(handle, SetInterface, request) == 0)
            {
                return handle;
            }

            handle.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Told below.
        }

        Assert.Ignore("interfaces cannot be made here");
        throw new InvalidOperationException();
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int Control(SafeFileHandle file, nuint request, byte* argument);
}
