namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>Where the LUKS header lies.</summary>
/// <param name="Offset">Its start in the image file.</param>
/// <param name="Length">Its length in bytes.</param>
internal sealed record EncryptionExtension(ulong Offset, ulong Length);
