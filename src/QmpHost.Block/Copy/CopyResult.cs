using QmpHost.Block.Core;

namespace QmpHost.Block.Copy;

/// <summary>How the copying of one area ended.</summary>
/// <param name="Errno">The error, or <see cref="Errno.None"/>.</param>
/// <param name="IsRead">Whether reading failed rather than writing.</param>
internal readonly record struct CopyResult(Errno Errno, bool IsRead);
