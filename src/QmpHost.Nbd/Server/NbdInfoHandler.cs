using System.Buffers.Binary;
using System.Text;
using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>Answers options INFO and GO.</summary>
internal static class NbdInfoHandler
{
    private const int UsualBlockSize = 4096;

    /// <summary>Reads the option's data and adds the replies.</summary>
    /// <param name="option">The option.</param>
    /// <param name="directory">The exports.</param>
    /// <param name="writer">Where replies go.</param>
    /// <param name="framing">What the client has negotiated.</param>
    /// <param name="contexts">The metadata contexts that it has selected, or null.</param>
    /// <returns>The export.</returns>
    /// <exception cref="NbdOptionException">The option is refused.</exception>
    public static async ValueTask<NbdExport> HandleAsync(
        NbdOptionReader option, INbdExportDirectory directory, NbdOptionWriter writer, NbdFraming framing, NbdMetaContexts? contexts)
    {
        byte[] name = await option.ReadNameAsync();
        int requests = await option.ReadUInt16Async();
        bool sendName = false;
        bool asksBlockSize = false;
        for (int i = 0; i < requests; i++)
        {
            var type = (NbdInfoType)await option.ReadUInt16Async();
            sendName |= type == NbdInfoType.Name;
            asksBlockSize |= type == NbdInfoType.BlockSize;
        }

        option.CheckEnd();
        NbdExport export = Find(directory, name);
        WriteTexts(option.Option, writer, export, sendName);

        // Who only asks is told of contexts of another export too, as QEMU does.
        bool hasContexts = contexts is { Count: > 0 } && (option.Option == NbdOption.Info || contexts.Export == export);
        WriteNumbers(option.Option, writer, export, asksBlockSize, export.GetFlags(framing, hasContexts));
        if (option.Option == NbdOption.Info && !asksBlockSize && export.Backend.RequestAlignment > 1)
        {
            throw new NbdOptionException(
                NbdOptionReply.ErrorBlockSizeRequired, "request NBD_INFO_BLOCK_SIZE to use this export"u8.ToArray());
        }

        writer.Reply(option.Option, NbdOptionReply.Ack);
        return export;
    }

    /// <summary>Finds the export that an option names.</summary>
    /// <param name="directory">The exports.</param>
    /// <param name="name">The name.</param>
    /// <returns>The export.</returns>
    /// <exception cref="NbdOptionException">There is none.</exception>
    public static NbdExport Find(INbdExportDirectory directory, byte[] name)
    {
        if (directory.Find(Encoding.UTF8.GetString(name)) is { } export)
        {
            return export;
        }

        // The reply is no longer than a message should be, whatever the client sent.
        const int MaxEcho = 80;
        ReadOnlySpan<byte> echo = name.AsSpan(0, Math.Min(name.Length, MaxEcho));
        byte[] text = [.. "export '"u8, .. echo, .. name.Length >= MaxEcho ? "..."u8 : [], .. "' not present"u8];
        throw new NbdOptionException(NbdOptionReply.ErrorUnknown, text);
    }

    /// <summary>Writes what every client must know of its export.</summary>
    /// <param name="destination">At least ten bytes.</param>
    /// <param name="export">The export.</param>
    /// <param name="flags">Its flags.</param>
    public static void WriteSizeAndFlags(Span<byte> destination, NbdExport export, NbdTransmissionFlags flags)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, export.Size);
        BinaryPrimitives.WriteUInt16BigEndian(destination[8..], (ushort)flags);
    }

    private static void WriteTexts(NbdOption option, NbdOptionWriter writer, NbdExport export, bool sendName)
    {
        if (sendName)
        {
            writer.Info(option, NbdInfoType.Name, Encoding.UTF8.GetBytes(export.Name));
        }

        if (export.Description is not null)
        {
            writer.Info(option, NbdInfoType.Description, Encoding.UTF8.GetBytes(export.Description));
        }
    }

    private static void WriteNumbers(NbdOption option, NbdOptionWriter writer, NbdExport export, bool asksBlockSize, NbdTransmissionFlags flags)
    {
        // A client that goes on without asking for block sizes sends requests of any alignment: the server copes.
        int alignment = export.Backend.RequestAlignment;
        long limit = export.Backend.MaxTransfer;
        Span<byte> sizes = stackalloc byte[12];
        BinaryPrimitives.WriteInt32BigEndian(sizes, asksBlockSize || option == NbdOption.Info ? alignment : 1);
        BinaryPrimitives.WriteInt32BigEndian(sizes[4..], Math.Max(UsualBlockSize, alignment));
        BinaryPrimitives.WriteInt32BigEndian(sizes[8..], limit is > 0 and < NbdConstants.MaxBufferSize ? (int)limit : NbdConstants.MaxBufferSize);
        writer.Info(option, NbdInfoType.BlockSize, sizes);

        Span<byte> content = stackalloc byte[10];
        WriteSizeAndFlags(content, export, flags);
        writer.Info(option, NbdInfoType.Export, content);
    }
}
