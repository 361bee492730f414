using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Qcow2.Metadata;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Qcow2.Resizing;

/// <summary>A step of a resize, which has words of its own for its failure.</summary>
internal static class ResizeStep
{
    /// <summary>Does a step.</summary>
    /// <param name="image">The image.</param>
    /// <param name="failure">What has failed then.</param>
    /// <param name="step">The step.</param>
    /// <exception cref="QmpException">The step failed.</exception>
    public static async ValueTask DoAsync(Qcow2Image image, string failure, Func<ValueTask> step)
    {
        try
        {
            await step();
        }
        catch (BlockIOException e)
        {
            throw new QmpException($"{failure}: {e.Message}", e);
        }
        catch (ImageCorruptException e)
        {
            await image.Corruption.ReportFatalAsync(e);
            throw new QmpException($"{failure}: {Errno.EIO.Describe()}", e);
        }
    }
}
