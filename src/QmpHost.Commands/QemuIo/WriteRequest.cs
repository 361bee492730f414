using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>A write of a pattern, of zeroes or of a file's contents; shared by write, writev and aio_write.</summary>
internal sealed record WriteRequest
{
    /// <summary>Start in bytes.</summary>
    public required long Offset { get; init; }

    /// <summary>Length in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>What is written again and again; at least one byte.</summary>
    public ReadOnlyMemory<byte> Pattern { get; init; } = new[] { PatternText.Default };

    /// <summary>Whether an efficient zero write is asked for instead of data.</summary>
    public bool Zeroes { get; init; }

    /// <summary>Whether the write is compressed.</summary>
    public bool Compressed { get; init; }

    /// <summary>Flags of the request.</summary>
    public RequestFlags Flags { get; init; }

    /// <summary>Whether the backend's statistics count the request; synchronous ones are not counted.</summary>
    public bool IsAccounted { get; init; }

    /// <summary>Whether nothing is reported.</summary>
    public bool Quiet { get; init; }

    /// <summary>Whether the report is machine-readable.</summary>
    public bool MachineReadable { get; init; }

    /// <summary>Carries the write out.</summary>
    /// <param name="context">The disk and the outputs.</param>
    /// <param name="errorPrefix">What an error message begins with, for example "write failed".</param>
    /// <returns>A task that ends when everything is printed.</returns>
    public async Task ExecuteAsync(QemuIoContext context, string errorPrefix)
    {
        long started = context.Clock.GetTimestamp();
        try
        {
            long length = context.Backend.Node.Length;
            if (Offset > length || Length > length - Offset)
            {
                throw new BlockIOException(Errno.EIO);
            }

            if (Zeroes)
            {
                await context.Backend.WriteZeroesAsync(Offset, Length, Flags);
            }
            else
            {
                await context.Backend.WriteAsync(Offset, MakeBuffer(), Compressed ? Flags | RequestFlags.WriteCompressed : Flags);
            }
        }
        catch (BlockIOException e)
        {
            context.Print($"{errorPrefix}: {e.Errno.Describe()}");
            if (IsAccounted)
            {
                context.Backend.Accounting.Failed(AccountingType.Write, started);
            }

            return;
        }

        if (IsAccounted)
        {
            context.Backend.Accounting.Done(AccountingType.Write, Length, started);
        }

        if (!Quiet)
        {
            TransferReport.Print(context, "wrote", Offset, Length, Length, started, MachineReadable);
        }
    }

    private byte[] MakeBuffer()
    {
        var buffer = new byte[Length];
        if (Pattern.Length == 1)
        {
            buffer.AsSpan().Fill(Pattern.Span[0]);
            return buffer;
        }

        for (int i = 0; i < buffer.Length; i += Pattern.Length)
        {
            int part = Math.Min(Pattern.Length, buffer.Length - i);
            Pattern.Span[..part].CopyTo(buffer.AsSpan(i));
        }

        return buffer;
    }
}
