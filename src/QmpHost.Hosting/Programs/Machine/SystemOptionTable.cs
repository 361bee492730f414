using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>The options of qemu-system-x86_64.</summary>
internal static class SystemOptionTable
{
    private const string Switches =
        "S async-teardown audio-help daemonize enable-kvm enable-sync-profile full-screen h help no-acpi no-fd-bootchk no-hpet no-reboot no-shutdown "
        + "no-user-config nodefaults nographic only-migratable portrait preconfig s singlestep snapshot usb version win2k-hack xen-attach "
        + "xen-domid-restrict mem-prealloc";

    private const string Valued =
        "D L M accel acpitable action add-fd append audio audiodev bios blockdev boot cdrom chardev chroot compat cpu d debugcon device "
        + "dfilter display drive dtb dump-vmstate echr fda fdb fsdev fw_cfg gdb global hda hdb hdc hdd icount incoming initrd iscsi k kernel loadvm m "
        + "machine mem-path mon monitor msg mtdblock name net netdev nic numa object option-rom overcommit parallel pflash pidfile plugin "
        + "qmp qmp-pretty qtest qtest-log readconfig rotate rtc runas sandbox sd seed semihosting-config serial set smbios smp spice tpmdev "
        + "trace usbdevice uuid vga virtfs vnc watchdog-action xen-domid";

    /// <summary>The options.</summary>
    public static IReadOnlyList<OptionSpecification> Known { get; } =
    [
        .. Switches.Split(' ').Select(static name => new OptionSpecification(name, TakesValue: false)),
        .. Valued.Split(' ').Select(static name => new OptionSpecification(name, TakesValue: true)),
        new OptionSpecification("control", TakesValue: true, IsOwn: true),
        new OptionSpecification("log-qmp", TakesValue: true, IsOwn: true),
    ];
}
