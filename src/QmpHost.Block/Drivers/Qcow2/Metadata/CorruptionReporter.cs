using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Qcow2.Metadata;

/// <summary>
/// Tells the world that an image contradicts itself. A finding that endangers data marks a writable image as corrupt
/// and ends its use; the first finding of each kind is told, later ones are not.
/// </summary>
internal sealed class CorruptionReporter(BlockNode node, BlockChild file, Qcow2Header header)
{
    private bool _reported;

    /// <summary>Whether the image may not be used any more: every request fails.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Reports a finding that leaves the rest of the image usable.</summary>
    public void ReportHarmless(string message)
    {
        if (!_reported)
        {
            Emit(new ImageCorruptException(message), fatal: false);
        }
    }

    /// <summary>Reports a finding that does not; harmless where the image is not written to.</summary>
    public async ValueTask ReportFatalAsync(ImageCorruptException finding)
    {
        bool fatal = !node.ReadOnly;
        if (_reported && (!fatal || header.Has(IncompatibleFeatures.Corrupt)))
        {
            return;
        }

        Emit(finding, fatal);
        if (fatal)
        {
            await MarkAsync();
            IsBroken = true;
        }
    }

    /// <summary>Does something that may fail, and reports a contradiction that it finds.</summary>
    /// <param name="work">What to do.</param>
    /// <returns>Why it failed, or null if it did not.</returns>
    public async ValueTask<Errno?> AttemptAsync(Func<ValueTask> work)
    {
        try
        {
            await work();
            return null;
        }
        catch (BlockIOException e)
        {
            return e.Errno;
        }
        catch (ImageCorruptException e)
        {
            await ReportFatalAsync(e);
            return Errno.EIO;
        }
    }

    private void Emit(ImageCorruptException finding, bool fatal)
    {
        _reported = true;
        node.Graph.Context.Report(ReportKind.Remark, fatal
            ? $"qcow2: Marking image as corrupt: {finding.Message}; further corruption events will be suppressed"
            : $"qcow2: Image is corrupt: {finding.Message}; further non-fatal corruption events will be suppressed");
        node.Graph.Context.Events.Emit(new BlockImageCorruptedEvent
        {
            Device = "",
            NodeName = node.NodeName,
            Msg = finding.Message,
            Offset = finding.Offset,
            Size = finding.Size,
            Fatal = fatal,
        });
    }

    private async ValueTask MarkAsync()
    {
        if (header.Version < 3 || header.Has(IncompatibleFeatures.Corrupt))
        {
            return;
        }

        header.Incompatible |= IncompatibleFeatures.Corrupt;
        try
        {
            // As in QEMU with all of the header: extensions that mean nothing are gone, and a file that was cut off has its first cluster.
            await HeaderUpdate.WriteAllAsync(file, header);
        }
        catch (BlockIOException)
        {
            // The image stays unusable in this process all the same.
        }
    }
}
