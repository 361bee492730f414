namespace QmpHost.Qapi;

/// <summary>What a member is before a release; null where it is the same.</summary>
internal sealed record FormerMember(QemuRelease Until, string? Type, bool? IsOptional);
