using QmpHost.Block.Core;
using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>A read with what is checked and printed afterwards; shared by read, readv and aio_read.</summary>
internal sealed record ReadRequest
{
    // What a disk does not fill in (null-co without read-zeroes) keeps this: it is told from data that was read.
    private const byte Unread = 0xAB;

    /// <summary>Start in bytes.</summary>
    public required long Offset { get; init; }

    /// <summary>Length in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>The pattern to check for, or null.</summary>
    public byte? Pattern { get; init; }

    /// <summary>Where the check begins, in bytes from <see cref="Offset"/>.</summary>
    public long PatternOffset { get; init; }

    /// <summary>How much is checked, in bytes.</summary>
    public required long PatternLength { get; init; }

    /// <summary>Whether the backend's statistics count the request; synchronous ones are not counted.</summary>
    public bool IsAccounted { get; init; }

    /// <summary>Whether nothing is reported.</summary>
    public bool Quiet { get; init; }

    /// <summary>Whether the data is dumped.</summary>
    public bool Verbose { get; init; }

    /// <summary>Whether the report is machine-readable.</summary>
    public bool MachineReadable { get; init; }

    /// <summary>Carries the read out.</summary>
    /// <param name="context">The disk and the outputs.</param>
    /// <param name="errorPrefix">What an error message begins with, for example "read failed".</param>
    /// <returns>A task that ends when everything is printed.</returns>
    public async Task ExecuteAsync(QemuIoContext context, string errorPrefix)
    {
        long started = context.Clock.GetTimestamp();
        byte[] buffer;
        try
        {
            // Requests behind the end fail before memory is taken for them.
            long length = context.Backend.Node.Length;
            if (Offset > length || Length > length - Offset)
            {
                throw new BlockIOException(Errno.EIO);
            }

            buffer = GC.AllocateUninitializedArray<byte>((int)Length);
            buffer.AsSpan().Fill(Unread);
            await context.Backend.ReadAsync(Offset, buffer);
        }
        catch (BlockIOException e)
        {
            context.Print($"{errorPrefix}: {e.Errno.Describe()}");
            if (IsAccounted)
            {
                context.Backend.Accounting.Failed(AccountingType.Read, started);
            }

            return;
        }

        if (IsAccounted)
        {
            context.Backend.Accounting.Done(AccountingType.Read, Length, started);
        }

        if (Pattern is byte pattern
            && buffer.AsSpan((int)PatternOffset, (int)PatternLength).ContainsAnyExcept(pattern))
        {
            context.Print($"Pattern verification failed at offset {Offset + PatternOffset}, {PatternLength} bytes");
        }

        if (Quiet)
        {
            return;
        }

        if (Verbose)
        {
            HexDump.Print(context, buffer, Offset);
        }

        TransferReport.Print(context, "read", Offset, Length, Length, started, MachineReadable);
    }
}
