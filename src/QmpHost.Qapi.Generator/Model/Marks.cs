namespace QmpHost.Qapi.Generator.Model;

/// <summary>The releases between which an element exists; null where it is not limited.</summary>
internal sealed record Marks(Release? Since, Release? Removed)
{
    public static Marks None { get; } = new(null, null);
}
