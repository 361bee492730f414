using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Luks;

/// <summary>Makes LUKS volumes.</summary>
internal static class LuksCreator
{
    public static async ValueTask CreateAsync(BlockGraph graph, BlockdevCreateOptionsLUKS options)
    {
        if (options.File is null && options.Header is null)
        {
            throw new QmpException("Either the parameter 'header' or 'file' must be specified");
        }

        await using ImageTarget? disk = options.File is null ? null : await ImageTarget.OpenAsync(graph, options.File);
        await using ImageTarget? header = options.Header is null ? null : await ImageTarget.OpenAsync(graph, options.Header);
        await LuksVolume.CreateAsync(graph.Context.Surroundings, EncryptionOf(options), "", isDetached: header is not null, async headerBytes =>
        {
            long before = header is null ? headerBytes : 0;
            if (options.Size > long.MaxValue || (long)options.Size > BlockNode.MaxLength - before)
            {
                throw new QmpException("The requested file size is too large");
            }

            if (header is not null)
            {
                await header.Child.TruncateAsync(headerBytes);
            }

            if (disk is not null)
            {
                await disk.Child.TruncateAsync(before + (long)options.Size, exact: false, options.Preallocation ?? PreallocMode.Off);
            }

            return new LuksFileArea((header ?? disk!).Child, 0, long.MaxValue);
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
