using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Graph;

/// <summary>How the medium of a backend was opened, which the next one is opened like.</summary>
/// <param name="IsReadOnly">Whether it could not be written.</param>
/// <param name="DetectZeroes">What was done with zeroes that are written.</param>
public sealed record LastMedium(bool IsReadOnly, BlockdevDetectZeroesOptions DetectZeroes);
