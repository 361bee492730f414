using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>Makes LUKS volumes.</summary>
internal static class LuksCreator
{
    public static async ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptionsLUKS options)
    {
        await using ImageTarget target = await ImageTarget.OpenAsync(graph, options.File);
        await LuksVolume.CreateAsync(graph.Context.Surroundings, EncryptionOf(options), "", async headerBytes =>
        {
            if (options.Size > long.MaxValue || (long)options.Size > BlockNode.MaxLength - headerBytes)
            {
                throw new QmpException("The requested file size is too large");
            }

            await target.Child.TruncateAsync(headerBytes + (long)options.Size, exact: false, options.Preallocation ?? PreallocMode.Off);
            return new LuksFileArea(target.Child, 0, long.MaxValue);
        });
    }

    private static QCryptoBlockCreateOptionsLUKS EncryptionOf(BlockdevCreateOptionsLUKS options) => new()
    {
        KeySecret = options.KeySecret,
        CipherAlg = options.CipherAlg,
        CipherMode = options.CipherMode,
        IvgenAlg = options.IvgenAlg,
        IvgenHashAlg = options.IvgenHashAlg,
        HashAlg = options.HashAlg,
        IterTime = options.IterTime,
    };
}
