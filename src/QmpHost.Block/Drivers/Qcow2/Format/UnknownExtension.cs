namespace QmpHost.Block.Drivers.Qcow2.Format;

/// <summary>A header extension of another program, kept when the header is rewritten.</summary>
/// <param name="Type">Its number.</param>
/// <param name="Data">Its data.</param>
internal sealed record UnknownExtension(uint Type, byte[] Data);
