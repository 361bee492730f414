using System.Buffers.Binary;
using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

/// <summary>
/// What zero writes, discards and partial writes make of L2 entries, for every kind of entry: recorded with QEMU's
/// qemu-io. A line has version, backing, kind of entry, command, and the entry before and after.
/// </summary>
public sealed class EntryTests
{
    private const int Size = 1 << 20;

    public static IEnumerable<TestCaseData> Recorded()
    {
        string file = Path.Combine(TestContext.CurrentContext.TestDirectory, "Drivers", "Qcow2", "Data", "entries.txt");
        foreach (string line in File.ReadLines(file))
        {
            string[] halves = line.Split(" -> ");
            string[] head = halves[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int hex = Array.FindIndex(head, 3, word => word.Length == 16);
            string command = string.Join(' ', head[3..hex]);
            string before = string.Join(' ', head[hex..]);
            yield return new TestCaseData(head[0], head[1], head[2], command, before, halves[1])
                .SetArgDisplayNames(head[0], head[1], head[2], command, before.Length > 16 ? "extended" : "standard");
        }
    }

    [TestCaseSource(nameof(Recorded))]
    public void Entry_becomes_what_QEMU_makes_of_it(string version, string backing, string state, string command, string before, string after)
        => Qcow2Host.Run(async host =>
        {
            bool extended = before.Length > 16;
            host.Disks["backing"] = new MemoryDisk([.. Enumerable.Repeat((byte)7, Size)]);
            await host.CreateAsync("a", Size, o => o with
            {
                Version = version == "v2" ? BlockdevQcow2Version.V2 : BlockdevQcow2Version.V3,
                ExtendedL2 = extended,
                BackingFile = backing == "B" ? "backing" : null,
            });
            string[] preparation = state switch
            {
                "unalloc" => ["write 512k 64k"],
                "normal" => ["write 0 64k"],
                "zero" => ["write -z 0 64k"],
                "zeroalloc" => ["write 0 64k", "write -z 0 64k"],
                "compressed" => ["write -c 0 64k"],
                _ => ["write 0 32k"],
            };
            foreach (string step in preparation)
            {
                await RunAsync(host, backing == "B", step);
            }

            Assert.That(ReadEntry(host.Disks["a"], extended), Is.EqualTo(before));
            await RunAsync(host, backing == "B", command);
            Assert.That(ReadEntry(host.Disks["a"], extended), Is.EqualTo(after));
            Assert.That((await host.CheckAsync("a")).Messages, Is.Empty);
        });

    private static async Task RunAsync(Qcow2Host host, bool backing, string command)
    {
        BlockdevRefOrNull below = backing
            ? Qcow2Host.BackingRef("backing")
            : new BlockdevRefOrNull.Null();
        BlockBackend backend = await host.OpenAsync("a", more: o => o with { Backing = below });
        string[] words = command.Split(' ');
        long offset = Parse(words[^2]);
        long length = Parse(words[^1]);
        if (words[0] == "discard")
        {
            await backend.Child.DiscardAsync(offset, length);
        }
        else if (words.Contains("-z"))
        {
            await backend.Child.WriteZeroesAsync(offset, length, words.Contains("-u") ? RequestFlags.MayUnmap : RequestFlags.None);
        }
        else
        {
            byte[] data = new byte[length];
            data.AsSpan().Fill(0xcd);
            await backend.Child.WriteAsync(offset, data, words.Contains("-c") ? RequestFlags.WriteCompressed : RequestFlags.None);
        }

        await backend.RemoveAsync();
    }

    private static long Parse(string number) => number.EndsWith('k') ? long.Parse(number[..^1]) * 1024 : long.Parse(number);

    private static string ReadEntry(MemoryDisk disk, bool extended)
    {
        byte[] bytes = disk.ToArray();
        long l1 = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(40));
        long table = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan((int)l1)) & 0xff_ffff_ffff_fe00;
        ulong descriptor = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan((int)table));
        return extended
            ? $"{descriptor:x16} {BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan((int)table + 8)):x16}"
            : $"{descriptor:x16}";
    }
}
