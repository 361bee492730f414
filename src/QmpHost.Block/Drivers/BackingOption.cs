using QmpHost.Block.Graph;
using QmpHost.Block.Graph.Filenames;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers;

/// <summary>The backing file of an image: the one that the options name, otherwise the one that the image names.</summary>
internal static class BackingOption
{
    /// <summary>Opens it, if there is one.</summary>
    /// <param name="context">The node that is being opened.</param>
    /// <param name="option">What the options say.</param>
    /// <param name="named">The name in the image, or null.</param>
    /// <param name="format">The format in the image, or null for probing.</param>
    /// <exception cref="QmpException">It could not be opened.</exception>
    public static async ValueTask OpenAsync(BlockOpenContext context, BlockdevRefOrNull? option, string? named, string? format)
    {
        if (option is not { } backing)
        {
            if (named is { } name)
            {
                await context.OpenBackingFileAsync(name, format);
            }

            return;
        }

        if (backing is BlockdevRefOrNull.Null or BlockdevRefOrNull.Reference { Value: "" })
        {
            return;
        }

        BlockdevRef reference = backing is BlockdevRefOrNull.Definition definition
            ? new BlockdevRef.Definition(definition.Value)
            : new BlockdevRef.Reference(((BlockdevRefOrNull.Reference)backing).Value);
        try
        {
            if (named is not null && reference is BlockdevRef.Definition { Value: var inPlace })
            {
                NamedBacking.Check(inPlace, named);
            }

            await context.OpenChildAsync(reference, "backing", ChildRole.Cow);
        }
        catch (QmpException e) when (!context.IsAttaching)
        {
            throw BackingFileOpener.Failure(e);
        }
    }
}
