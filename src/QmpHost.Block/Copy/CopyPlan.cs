namespace QmpHost.Block.Copy;

/// <summary>What has to be done for the beginning of an area.</summary>
/// <param name="Kind">What.</param>
/// <param name="Bytes">For how many bytes, in whole clusters.</param>
/// <param name="Method">How, if there is data: what was the method of choice when the area was chosen.</param>
internal readonly record struct CopyPlan(CopyKind Kind, long Bytes, BlockCopyMethod Method);
