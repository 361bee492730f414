namespace QmpHost.Tests.Clients;

/// <summary>The domain of tests with libvirt: a disk and a drive, called "d".</summary>
internal static class LibvirtDomain
{
    private const string Domain = """
        <domain type='qemu'>
          <name>d</name>
          <memory unit='MiB'>64</memory>
          <vcpu>1</vcpu>
          <os><type arch='x86_64' machine='pc'>hvm</type></os>
          <features><acpi/></features>
          <devices>
            <emulator>DIR/qemu-system-x86_64</emulator>
            <disk type='file' device='disk'>
              <driver name='qemu' type='qcow2' discard='unmap'/><source file='DIR/a.qcow2'/><target dev='vda' bus='virtio'/>
            </disk>
            <disk type='file' device='cdrom'>
              <driver name='qemu' type='raw'/><source file='DIR/one.iso'/><target dev='sda' bus='scsi'/><readonly/>
            </disk>
            <controller type='scsi' model='virtio-scsi'/>
            <controller type='usb' model='piix3-uhci'/>
            <memballoon model='virtio'/>
          </devices>
        </domain>
        """;

    /// <summary>Starts a daemon and the domain, or skips the test where libvirt is missing.</summary>
    public static async Task<LibvirtSession> StartAsync()
    {
        LibvirtSession libvirt = await LibvirtSession.StartAsync();
        try
        {
            await libvirt.RunAsync("qemu-img create -q -f qcow2 DIR/a.qcow2 16M");
            await libvirt.RunAsync("qemu-img create -q -f raw DIR/one.iso 1M");
            await libvirt.RunAsync("qemu-img create -q -f raw DIR/two.iso 2M");
            await libvirt.WriteAsync("domain.xml", Domain);
            await libvirt.VirshAsync("define DIR/domain.xml");
            await libvirt.VirshAsync("start d");
            return libvirt;
        }
        catch
        {
            await libvirt.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does to the disk what a guest would do.</summary>
    /// <param name="libvirt">The daemon.</param>
    /// <param name="command">A command of qemu-io.</param>
    public static Task WriteAsync(LibvirtSession libvirt, string command) => libvirt.VirshAsync(
        ["qemu-monitor-command", "d", "--hmp", $"qemu-io -d /machine/peripheral/virtio-disk0/virtio-backend \"{command}\""]);
}
