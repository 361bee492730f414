namespace QmpHost.Exports.Virtio;

/// <summary>The other side broke the rules of a protocol, so that nothing it says can be trusted any more.</summary>
/// <param name="message">What it did, in QEMU's words where it has some.</param>
internal sealed class VirtioException(string message) : Exception(message);
