using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Luks;
using QmpHost.Block.Drivers.Qcow2.Encryption;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Creation;

/// <summary>Makes a new image an encrypted one. The header says so last, when everything else is there.</summary>
internal static class EncryptionSetup
{
    public static async ValueTask ApplyAsync(Qcow2Image image, QCryptoBlockCreateOptions options)
    {
        IBlockSurroundings surroundings = image.Node.Graph.Context.Surroundings;
        EncryptionExtension? extension = null;
        if (options.Branch is QCryptoBlockCreateOptionsLUKS luks)
        {
            await Qcow2Encryption.CreateLuksAsync(surroundings, luks, async length =>
            {
                extension = await AllocateAsync(image, length);
                return new LuksFileArea(image.File, (long)extension.Offset, length);
            });
        }
        else
        {
            Qcow2Encryption.PassphraseOf(surroundings, ((QCryptoBlockOptionsQCow)options.Branch!).KeySecret);
        }

        image.Header.Encryption = extension;
        image.Header.CryptMethod = extension is null ? Qcow2Encryption.AesMethod : Qcow2Encryption.LuksMethod;
        try
        {
            using (await image.Lock.EnterAsync())
            {
                await image.RefcountCache.FlushAsync();
            }

            await HeaderUpdate.WriteAllAsync(image.File, image.Header);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Cannot write encryption header: {e.Message}", e);
        }

        // A system makes such an image, but does not open it to finish the work.
        HeaderTables.CheckCryptMethod(image.Header.CryptMethod, surroundings.HasMachine);
    }

    private static async ValueTask<EncryptionExtension> AllocateAsync(Qcow2Image image, long length)
    {
        long clusters = image.Geometry.ClustersFor(length);
        try
        {
            long offset;
            using (await image.Lock.EnterAsync())
            {
                offset = await image.Allocator.AllocateAsync(clusters);
            }

            await image.File.WriteZeroesAsync(offset, clusters * image.Geometry.ClusterSize);
            return new EncryptionExtension((ulong)offset, (ulong)length);
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"Cannot allocate cluster for LUKS header size {length}: {e.Message}", e);
        }
    }
}
