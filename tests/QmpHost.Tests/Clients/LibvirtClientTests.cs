using NUnit.Framework;

namespace QmpHost.Tests.Clients;

/// <summary>What else there is that speaks to libvirt, or is libvirt in another form, unmodified.</summary>
[Category("Client")]
public sealed class LibvirtClientTests
{
    private const string Script = """
        import libvirt
        connection = libvirt.open('qemu:///session')
        domain = connection.lookupByName('d')
        print(domain.blockInfo('vda')[0], domain.state()[0])
        print(connection.getAllDomainStats(libvirt.VIR_DOMAIN_STATS_BLOCK)[0][1]['block.0.name'])
        domain.setBlockIoTune('vda', {'total_bytes_sec': 1000000})
        print(domain.blockIoTune('vda')['total_bytes_sec'])
        domain.blockResize('vda', 32 << 20, libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES)
        print(domain.blockInfo('vda')[0])
        """;

    [Test]
    public async Task Virtnbdbackup_saves_in_three_ways_and_restores()
    {
        LibvirtSession.Require("virtnbdbackup", "virtnbdrestore");
        await using LibvirtSession libvirt = await LibvirtDomain.StartAsync();
        int offset = 0;
        foreach (string level in new[] { "full", "inc", "diff" })
        {
            await LibvirtDomain.WriteAsync(libvirt, $"write -P 0x{offset + 17:x} {offset}M 1M");
            await libvirt.RunAsync($"virtnbdbackup -U qemu:///session -d d -i vda -l {level} -o DIR/saved --socketfile DIR/nbd.sock --scratchdir DIR");
            offset++;
        }

        await libvirt.VirshAsync("destroy d");
        await libvirt.RunAsync("virtnbdrestore -i DIR/saved -a restore -o DIR/restored --socketfile DIR/nbd.sock");
        Assert.That(await libvirt.RunAsync("qemu-img compare DIR/a.qcow2 DIR/restored/a.qcow2"), Does.Contain("identical"));
        Assert.That(await libvirt.RunAsync(["qemu-io", "-c", "read -P 0x13 2M 1M", $"{libvirt.Folder}/restored/a.qcow2"]), Does.Not.Contain("failed"));
    }

    [Test]
    public async Task A_daemon_that_starts_anew_finds_its_domain_as_it_was()
    {
        await using LibvirtSession libvirt = await LibvirtDomain.StartAsync();
        await libvirt.VirshAsync("snapshot-create-as d s1 --disk-only --no-metadata --diskspec vda,file=DIR/s1.qcow2 --diskspec sda,snapshot=no");
        await libvirt.RestartDaemonAsync();
        Assert.That(await libvirt.VirshAsync("domstate d"), Does.Contain("running"));
        Assert.That(await libvirt.VirshAsync("domblklist d"), Does.Contain("s1.qcow2"));
        await libvirt.VirshAsync("blockcommit d vda --active --pivot --wait");
        Assert.That(await libvirt.VirshAsync("domblklist d"), Does.Contain("a.qcow2"));
    }

    [Test]
    public async Task Programs_in_Python_look_at_disks_and_change_them()
    {
        await using LibvirtSession libvirt = await LibvirtDomain.StartAsync();
        await libvirt.WriteAsync("script.py", Script);
        if (!await libvirt.SucceedsAsync("/usr/bin/python3 -c import_libvirt"))
        {
            Assert.Ignore("python3-libvirt is missing");
        }

        string[] lines = (await libvirt.RunAsync("/usr/bin/python3 DIR/script.py")).Split('\n');
        Assert.That(lines[..4], Is.EqualTo(new[] { "16777216 1", "vda", "1000000", "33554432" }));
    }

    [Test]
    public async Task Virt_install_imports_a_disk()
    {
        LibvirtSession.Require("virt-install");
        await using LibvirtSession libvirt = await LibvirtSession.StartAsync();
        await libvirt.RunAsync("qemu-img create -q -f qcow2 DIR/a.qcow2 16M");
        await libvirt.RunAsync(
            "virt-install --connect qemu:///session --name imported --memory 64 --import --disk path=DIR/a.qcow2,bus=virtio --network none --graphics none "
            + "--noautoconsole --osinfo detect=off,require=off --virt-type qemu --boot emulator=DIR/qemu-system-x86_64");
        Assert.That(await libvirt.VirshAsync("domblklist imported"), Does.Contain("a.qcow2"));
        Assert.That(await libvirt.VirshAsync("domstate imported"), Does.Contain("running"));
    }

    [Test]
    public async Task Virt_qemu_run_needs_no_daemon()
    {
        LibvirtSession.Require("virt-qemu-run");
        await using LibvirtSession libvirt = await LibvirtDomain.StartAsync();
        await libvirt.VirshAsync("destroy d");
        await libvirt.RunAsync("mkdir DIR/own");
        string output = await libvirt.RunUntilAsync("virt-qemu-run -v -r DIR/own DIR/domain.xml", "guest running");
        Assert.That(output, Does.Contain("cleaned up, exiting"));
    }

    [Test]
    public async Task A_domain_moves_to_another_daemon_with_its_disk()
    {
        await using LibvirtSession here = await LibvirtDomain.StartAsync();
        await using LibvirtSession there = await LibvirtSession.StartAsync("11111111-2222-3333-4444-555555555555");
        await LibvirtDomain.WriteAsync(here, "write -P 0x11 0 1M");
        await there.RunAsync("qemu-img create -q -f qcow2 DIR/b.qcow2 16M");
        await there.RunAsync("qemu-img create -q -f raw DIR/one.iso 1M");
        string description = (await here.VirshAsync("dumpxml d --migratable"))
            .Replace($"{here.Folder}/a.qcow2", $"{there.Folder}/b.qcow2", StringComparison.Ordinal)
            .Replace(here.Folder, there.Folder, StringComparison.Ordinal);
        await here.WriteAsync("moved.xml", description);
        await here.VirshAsync(
            $"migrate d --live --copy-storage-all --migrate-disks vda --xml DIR/moved.xml qemu:///session?socket={there.Folder}/run/libvirt/libvirt-sock"
            + $" --migrateuri unix://{there.Folder}/state.sock --disks-uri unix://{there.Folder}/disks.sock");
        Assert.That(await here.VirshAsync("domstate d"), Does.Contain("shut off"));
        Assert.That(await there.VirshAsync("domstate d"), Does.Contain("running"));
        await LibvirtDomain.WriteAsync(there, "write -P 0x22 1M 1M");
        await there.VirshAsync("destroy d");
        await here.RunAsync(["qemu-io", "-c", "write -P 0x22 1M 1M", $"{here.Folder}/a.qcow2"]);
        Assert.That(await here.RunAsync($"qemu-img compare DIR/a.qcow2 {there.Folder}/b.qcow2"), Does.Contain("identical"));
    }
}
