namespace QmpHost.Qapi.Generator.Model;

/// <summary>What a member was before a release; null where it was as it is.</summary>
internal sealed record FormerMember(Release Until, TypeReference? Type, bool? IsOptional);
