using System.Globalization;

namespace QmpHost.Commands.QemuIo;

/// <summary>The two lines, or the one machine-readable line, that follow a transfer.</summary>
internal static class TransferReport
{
    /// <summary>Prints a report.</summary>
    /// <param name="context">The outputs and the clock.</param>
    /// <param name="verb">"read", "wrote", "discard".</param>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="count">Bytes asked for.</param>
    /// <param name="total">Bytes done.</param>
    /// <param name="started">The clock's time stamp before the transfer.</param>
    /// <param name="machineReadable">Whether option -C was given.</param>
    public static void Print(QemuIoContext context, string verb, long offset, long count, long total, long started, bool machineReadable)
    {
        TimeSpan elapsed = context.Clock.GetElapsedTime(started);
        // A stopped clock would give infinite rates, which no reader of these lines expects.
        double seconds = Math.Max(elapsed.TotalSeconds, 1e-9);
        string perSecond = (1 / seconds).ToString(machineReadable ? "F3" : "F4", CultureInfo.InvariantCulture);
        if (machineReadable)
        {
            string bytesPerSecond = (total / seconds).ToString("F3", CultureInfo.InvariantCulture);
            context.Print($"{total},1,{FormatTime(elapsed, verbose: true)},{bytesPerSecond},{perSecond}");
            return;
        }

        context.Print($"{verb} {total}/{count} bytes at offset {offset}");
        context.Print($"{SizeText.Format(total)}, 1 ops; {FormatTime(elapsed, verbose: false)} ({SizeText.Format(total / seconds)}/sec and {perSecond} ops/sec)");
    }

    private static string FormatTime(TimeSpan elapsed, bool verbose)
    {
        int hours = (int)elapsed.TotalHours;
        int hundredths = elapsed.Milliseconds / 10;
        return verbose || elapsed.TotalSeconds >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{hours}:{elapsed.Minutes:D2}:{elapsed.Seconds:D2}.{hundredths:D2}")
            : string.Create(CultureInfo.InvariantCulture, $"00.{hundredths:D2} sec");
    }
}
