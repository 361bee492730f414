using NUnit.Framework;

namespace QmpHost.Tests.Clients;

/// <summary>libvirt, unmodified, defines domains and works on their disks, with the program as its emulator.</summary>
[Category("Client")]
public sealed class LibvirtTests
{
    private const string OnlyVda = "--diskspec sda,snapshot=no";

    [Test]
    public async Task Disks_come_and_go_and_media_change()
    {
        await using LibvirtSession libvirt = await LibvirtDomain.StartAsync();
        await libvirt.RunAsync("qemu-img create -q -f qcow2 DIR/b.qcow2 16M");
        foreach ((string name, string bus) in new[] { ("vdb", "virtio"), ("sdb", "scsi"), ("sdc", "usb") })
        {
            await libvirt.WriteAsync(
                "disk.xml", $"<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='DIR/b.qcow2'/><target dev='{name}' bus='{bus}'/></disk>");
            await libvirt.VirshAsync("attach-device d DIR/disk.xml");
            Assert.That(await libvirt.VirshAsync("domblklist d"), Does.Contain(name));
            await libvirt.VirshAsync("detach-device d DIR/disk.xml");
            await libvirt.WaitAsync("domblklist d", "vda");
            Assert.That(await libvirt.VirshAsync("domblklist d"), Does.Not.Contain(name));
        }

        await libvirt.VirshAsync("change-media d sda DIR/two.iso --update --live");
        await libvirt.VirshAsync("change-media d sda --eject --live");
        await libvirt.VirshAsync("change-media d sda DIR/one.iso --insert --live");
        Assert.That(await libvirt.VirshAsync("domblklist d"), Does.Contain("one.iso"));
        await libvirt.VirshAsync("blockresize d vda 32M");
        Assert.That(await libvirt.VirshAsync("domblkinfo d vda"), Does.Contain("33554432"));
        Assert.That(await libvirt.VirshAsync("domblkerror d"), Does.Contain("No errors found"));
        await libvirt.VirshAsync("setmem d 32M");
        await libvirt.WaitAsync("dominfo d", "32768 KiB");
        await libvirt.VirshAsync("dommemstat d --period 5 --live");
        await libvirt.VirshAsync("dump d DIR/core --memory-only --live");
        Assert.That(await libvirt.RunAsync("head -c 4 DIR/core"), Does.Contain("ELF"));
    }

    [Test]
    public async Task Chains_are_snapshotted_committed_pulled_and_copied()
    {
        await using LibvirtSession libvirt = await LibvirtDomain.StartAsync();
        await libvirt.VirshAsync($"snapshot-create-as d s1 --disk-only --no-metadata --diskspec vda,file=DIR/s1.qcow2 {OnlyVda}");
        await libvirt.VirshAsync($"snapshot-create-as d s2 --disk-only --no-metadata --diskspec vda,file=DIR/s2.qcow2 {OnlyVda}");
        Assert.That(await libvirt.VirshAsync("domblklist d"), Does.Contain("s2.qcow2"));
        await libvirt.VirshAsync("blockcommit d vda --active --pivot --shallow --wait");
        Assert.That(await libvirt.VirshAsync("domblklist d"), Does.Contain("s1.qcow2"));
        await libvirt.VirshAsync("blockpull d vda --wait");
        await libvirt.VirshAsync("blockcopy d vda DIR/copy1.qcow2 --transient-job --wait --finish");
        await libvirt.VirshAsync("blockcopy d vda DIR/copy2.qcow2 --transient-job --wait --pivot");
        Assert.That(await libvirt.VirshAsync("domblklist d"), Does.Contain("copy2.qcow2"));
        await libvirt.VirshAsync("destroy d");
        Assert.That(await libvirt.RunAsync("qemu-img compare DIR/a.qcow2 DIR/copy2.qcow2"), Does.Contain("identical"));
        Assert.That(await libvirt.RunAsync("qemu-img compare DIR/a.qcow2 DIR/copy1.qcow2"), Does.Contain("identical"));
        await libvirt.RunAsync("qemu-img check -q DIR/copy2.qcow2");
    }

    [Test]
    public async Task Backups_are_pushed_and_pulled_from_checkpoints()
    {
        await using LibvirtSession libvirt = await LibvirtDomain.StartAsync();
        await libvirt.VirshAsync("checkpoint-create-as d c1 --diskspec vda");
        await libvirt.WriteAsync(
            "push.xml", "<domainbackup mode='push'><disks><disk name='vda' type='file'><target file='DIR/push.qcow2'/><driver type='qcow2'/></disk></disks></domainbackup>");
        await libvirt.VirshAsync("backup-begin d DIR/push.xml");
        await libvirt.WaitAsync("domjobinfo d --completed --keep-completed", "Completed");
        await libvirt.WriteAsync(
            "pull.xml",
            "<domainbackup mode='pull'><incremental>c1</incremental><server transport='unix' socket='DIR/pull.sock'/><disks><disk name='vda' type='file'><scratch file='DIR/scratch.qcow2'/></disk></disks></domainbackup>");
        await libvirt.WriteAsync("c2.xml", "<domaincheckpoint><name>c2</name><disks><disk name='vda' checkpoint='bitmap'/></disks></domaincheckpoint>");
        await libvirt.VirshAsync("backup-begin d DIR/pull.xml DIR/c2.xml");
        Assert.That(await libvirt.RunAsync("qemu-img info nbd+unix:///vda?socket=DIR/pull.sock"), Does.Contain("16 MiB"));
        await libvirt.VirshAsync("domjobabort d");
        Assert.That(await libvirt.VirshAsync("checkpoint-list d --name"), Does.Contain("c1").And.Contain("c2"));
        await libvirt.VirshAsync("destroy d");
        Assert.That(await libvirt.RunAsync("qemu-img compare DIR/a.qcow2 DIR/push.qcow2"), Does.Contain("identical"));
    }

    [Test]
    public async Task A_domain_is_paused_rebooted_saved_restored_and_shut_down()
    {
        await using LibvirtSession libvirt = await LibvirtDomain.StartAsync();
        await libvirt.VirshAsync("suspend d");
        Assert.That(await libvirt.VirshAsync("domstate d"), Does.Contain("paused"));
        await libvirt.VirshAsync("resume d");
        await libvirt.VirshAsync("reboot d");
        await libvirt.WaitAsync("domstate d", "running");
        await libvirt.VirshAsync("managedsave d");
        Assert.That(await libvirt.VirshAsync("domstate d --reason"), Does.Contain("shut off (saved)"));
        await libvirt.VirshAsync("start d");
        Assert.That(await libvirt.VirshAsync("domstate d --reason"), Does.Contain("running (restored)"));
        await libvirt.VirshAsync("save d DIR/state");
        await libvirt.VirshAsync("restore DIR/state");
        await libvirt.VirshAsync($"snapshot-create-as d m --memspec file=DIR/memory --diskspec vda,file=DIR/m.qcow2 {OnlyVda}");
        Assert.That(await libvirt.VirshAsync("domblklist d"), Does.Contain("m.qcow2"));
        await libvirt.WaitAsync("domstate d", "running");
        await libvirt.VirshAsync("shutdown d");
        await libvirt.WaitAsync("domstate d --reason", "shut off (shutdown)");
    }
}
