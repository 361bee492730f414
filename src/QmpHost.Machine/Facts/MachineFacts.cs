using System.Collections.Concurrent;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Facts;

/// <summary>The kinds of machines of a release of QEMU.</summary>
/// <remarks>May be used from any thread.</remarks>
public sealed class MachineFacts
{
    private static readonly ConcurrentDictionary<QemuRelease, Lazy<MachineFacts>> Releases = new();

    // The profile that knows every member: which of them a host shows, its own profile says.
    private static readonly VersionProfile Everything = VersionProfile.Parse(VersionProfile.Known[^1].ToString());

    private static readonly string[] WithoutAcpi = ["none", "x-remote"];

    private MachineFacts(QDict file)
    {
        HelpLines = file.Texts("help");
        Machines = [.. file.Objects("machines").Select(Read)];
    }

    /// <summary>The lines of "-machine help".</summary>
    public IReadOnlyList<string> HelpLines { get; }

    /// <summary>query-machines.</summary>
    public IReadOnlyList<MachineInfo> Machines { get; }

    /// <summary>The machines of a profile's release.</summary>
    /// <param name="profile">The profile.</param>
    public static MachineFacts Of(VersionProfile profile)
        => Releases.GetOrAdd(
            FactFile.ReleaseOf(profile),
            static release => new(() => new MachineFacts(FactFile.Read(release, "machines")))).Value;

    /// <summary>The machine of a name or alias, or null.</summary>
    /// <param name="name">The name.</param>
    public MachineInfo? Find(string name) => Machines.FirstOrDefault(machine => machine.Name == name || machine.Alias == name);

    private static MachineInfo Read(QDict machine)
    {
        QDict copy = WireOrder.Copy(machine);
        copy.Remove("description");
        if (!copy.ContainsKey("acpi"))
        {
            // Recorded from a release that did not tell it yet.
            copy["acpi"] = QBool.From(!WithoutAcpi.Contains(machine.Text("name")));
        }

        return MachineInfo.Visit(new QapiInputVisitor(Everything), null, copy);
    }
}
