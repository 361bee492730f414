using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>How the memory of a guest is encrypted. It matters once a machine uses it, which needs KVM.</summary>
/// <param name="qomClass">One of the classes.</param>
/// <param name="tree">The tree that it will be in.</param>
public sealed class ProtectedGuestObject(QomClass qomClass, QomTree tree) : StoredObject(qomClass, tree)
{
    private const string Device = "/dev/sev";

    /// <summary>The class of AMD's first way, as the first releases have it.</summary>
    public static QomClass Sev { get; } = new("sev-guest", QomClass.Object,
    [
        StoredProperty.Text("dh-cert-file", string.Empty),
        StoredProperty.Text("sev-device", Device),
        StoredProperty.Text("session-file", string.Empty),
        StoredProperty.Bool("kernel-hashes", false),
        StoredProperty.Whole("handle", 0),
        StoredProperty.Whole("policy", 1),
        StoredProperty.Whole("reduced-phys-bits", 0),
        StoredProperty.Whole("cbitpos", 0),
    ]);

    /// <summary>The same as later releases have it.</summary>
    public static QomClass SevOfMany { get; } = new("sev-guest", QomClass.Object,
    [
        StoredProperty.Text("sev-device", Device),
        StoredProperty.Bool("kernel-hashes", false),
        StoredProperty.Words("legacy-vm-type", "OnOffAuto", "auto", ["auto", "on", "off"], null),
        StoredProperty.Text("dh-cert-file", string.Empty),
        StoredProperty.Text("session-file", string.Empty),
        StoredProperty.Whole("policy", 1),
        StoredProperty.Whole("handle", 0),
        StoredProperty.Whole("reduced-phys-bits", 0),
        StoredProperty.Whole("cbitpos", 0),
    ]);

    /// <summary>The class of AMD's second way.</summary>
    public static QomClass SevSnp { get; } = new("sev-snp-guest", QomClass.Object,
    [
        StoredProperty.Text("sev-device", Device),
        StoredProperty.Bool("kernel-hashes", false),
        StoredProperty.Text("host-data", string.Empty),
        StoredProperty.Text("id-block", string.Empty),
        StoredProperty.Bool("author-key-enabled", false),
        StoredProperty.Whole("policy", 0x30000, ulong.MaxValue, "uint64"),
        StoredProperty.Text("id-auth", string.Empty),
        StoredProperty.Text("guest-visible-workarounds", string.Empty),
        StoredProperty.Bool("vcek-disabled", false),
        StoredProperty.Whole("reduced-phys-bits", 0),
        StoredProperty.Whole("cbitpos", 0),
    ]);

    /// <summary>The class of Intel's way.</summary>
    public static QomClass Tdx { get; } = new("tdx-guest", QomClass.Object,
    [
        StoredProperty.Make("quote-generation-socket", "SocketAddress", new QDict(), static r => r.ReadStruct(), null),
        StoredProperty.Text("mrowner", string.Empty),
        StoredProperty.Text("mrconfigid", string.Empty),
        StoredProperty.Bool("sept-ve-disable", false),
        StoredProperty.Whole("attributes", 0, ulong.MaxValue, "uint64"),
        StoredProperty.Text("mrownerconfig", string.Empty),
    ]);
}
