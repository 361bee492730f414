using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Checking;
using QmpHost.Block.Drivers.Qcow2.Encryption;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>
/// One reopen of an image. Caches and checks that follow options are built anew over the same file; on the way between writable
/// and read-only, bitmaps and the marks in the header are stored, or taken into use.
/// </summary>
internal sealed class Qcow2Reopen(Qcow2Image image, BlockReopenContext context, Action<Qcow2Image> adopt) : BlockReopen
{
    private Qcow2Image? _changed;
    private bool _areBitmapsStored;

    private Qcow2Image Next => _changed ?? image;

    /// <summary>Checks the options, and makes the image file complete.</summary>
    /// <exception cref="QmpException">The options make no sense, or the image could not be written.</exception>
    public async ValueTask PrepareAsync()
    {
        var options = (BlockdevOptionsQcow2)context.Options.Branch!;
        var settings = new Qcow2Settings(image.Node, options, image.Header, image.Geometry, context.Unmap);
        Qcow2Encryption.CheckOptions(options.Encrypt, image.Header);

        if (image.Corruption.IsBroken)
        {
            return;
        }

        try
        {
            await SettleAsync();
        }
        catch
        {
            await AbortAsync();
            throw;
        }

        if (settings != image.Settings)
        {
            _changed = await image.WithSettingsAsync(settings);
        }
    }

    /// <inheritdoc/>
    public override void Commit()
    {
        if (context.BecomesReadOnly)
        {
            Next.Bitmaps.SetReadOnly(true);
        }

        if (Next != image)
        {
            adopt(Next);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask FinishAsync()
    {
        if (!context.BecomesWritable || Next.Corruption.IsBroken)
        {
            return;
        }

        await Qcow2Opener.PrepareForWritingAsync(Next);
        await MarkBitmapsAsync();
        Next.Bitmaps.SetReadOnly(false);
        if (Next.Header.Has(IncompatibleFeatures.Dirty))
        {
            await Qcow2Repair.RepairDirtyAsync(Next);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask AbortAsync()
    {
        if (!_areBitmapsStored)
        {
            return;
        }

        try
        {
            await image.Bitmaps.MarkInUseAsync();
        }
        catch (QmpException e)
        {
            image.Node.Graph.Context.Report(ReportKind.Failure, e.Message);
        }
    }

    private async ValueTask SettleAsync()
    {
        if (image.Node.ReadOnly)
        {
            return;
        }

        try
        {
            if (context.BecomesReadOnly)
            {
                _areBitmapsStored = true;
                await image.Bitmaps.StoreAsync();
            }

            await image.SettleAsync();
        }
        catch (Exception e) when (e is BlockIOException or ImageCorruptException)
        {
            throw new QmpException($"Could not write the image of node '{image.Node.NodeName}': {e.Message}", e);
        }
    }

    private async ValueTask MarkBitmapsAsync()
    {
        try
        {
            await Next.Bitmaps.MarkInUseAsync();
        }
        catch (QmpException e)
        {
            throw new QmpException($"{Next.Node.NodeName}: Failed to make dirty bitmaps writable: {e.Message}", e);
        }
    }
}
