using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Tests.Drivers.Qcow2;
using QmpHost.Qapi;

namespace QmpHost.Block.Tests.Drivers.Formats;

/// <summary>A damaged image is refused, or fails requests, or works; nothing else.</summary>
[Category("Fuzz")]
public sealed class DamagedImageTests
{
    private const int DiskSize = 3 << 20;
    private const int Cases = 60;

    private static readonly int[] Interesting = [0, 1, 0x7f, 0x80, 0xff];

    [TestCaseSource(typeof(FormatImage), nameof(FormatImage.All))]
    public void A_damaged_image_does_no_harm(object format)
    {
        var image = (FormatImage)format;
        string folder = Directory.CreateTempSubdirectory("qmphost-").FullName;
        try
        {
            string path = Path.Combine(folder, "image");
            RealFileHost.Run(host => image.CreateAsync(host.Graph, path, DiskSize));
            byte[] sound = File.ReadAllBytes(path);
            int[] places = Enumerable.Range(0, sound.Length).Where(i => sound[i] != 0).ToArray();
            for (int seed = 0; seed < Cases; seed++)
            {
                File.WriteAllBytes(path, Damage(sound, places, new Random(seed)));
                RealFileHost.Run(host => UseAsync(host, image, path));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Damage goes where there is something to damage: bytes that are not zero, and their neighbours.
    private static byte[] Damage(byte[] sound, int[] places, Random random)
    {
        byte[] bytes = (byte[])sound.Clone();
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            int place = Math.Min(bytes.Length - 1, places[random.Next(places.Length)] + random.Next(8));
            bytes[place] = random.Next(2) == 0 ? (byte)Interesting[random.Next(Interesting.Length)] : (byte)random.Next(256);
        }

        return random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static async Task UseAsync(RealFileHost host, FormatImage image, string path)
    {
        BlockBackend backend;
        try
        {
            backend = await image.OpenAsync(host.Graph, path);
        }
        catch (QmpException)
        {
            return;
        }

        try
        {
            byte[] buffer = new byte[64 << 10];
            await backend.ReadAsync(0, buffer.AsMemory(0, (int)Math.Min(buffer.Length, backend.Node.Length)));
            await backend.WriteAsync(0, buffer.AsMemory(0, (int)Math.Min(512, backend.Node.Length)));
        }
        catch (BlockIOException)
        {
            // That is what damage may lead to.
        }

        await backend.RemoveAsync();
    }
}
