namespace QmpHost.Qapi;

/// <summary>How an entry is listed before a release: its members in another order, or without the tag that made it a union.</summary>
internal sealed record FormerListing(QemuRelease Until, string[]? Order, bool IsStruct);
