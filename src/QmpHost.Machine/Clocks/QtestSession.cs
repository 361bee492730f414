using System.Globalization;

namespace QmpHost.Machine.Clocks;

/// <summary>
/// The qtest protocol as far as a machine without a guest has use for it: each line is a command, answered by one
/// line that begins with OK or FAIL. The clock commands exist when the accelerator is qtest, as in QEMU.
/// </summary>
public sealed class QtestSession
{
    private readonly VirtualClock? _clock;

    /// <summary>Makes a session.</summary>
    /// <param name="clock">The clock to move, or null when the machine's clock is not the client's to move.</param>
    public QtestSession(VirtualClock? clock) => _clock = clock;

    /// <summary>Carries out one line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <returns>The answer without a line end, or null for an empty line, which is not answered.</returns>
    public async ValueTask<string?> HandleLineAsync(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            return null;
        }

        return words[0] switch
        {
            "clock_step" when _clock is not null => await StepAsync(_clock, words),
            "clock_set" when _clock is not null => await SetAsync(_clock, words),
            "endianness" => "OK little",
            _ => $"FAIL Unknown command '{words[0]}'",
        };
    }

    private static async ValueTask<string> StepAsync(VirtualClock clock, string[] words)
    {
        if (words.Length == 1)
        {
            await clock.StepAsync();
        }
        else if (TryParse(words[1], out long nanoseconds))
        {
            await clock.AdvanceAsync(nanoseconds);
        }
        else
        {
            return BadNumber(words[1]);
        }

        return Now(clock);
    }

    private static async ValueTask<string> SetAsync(VirtualClock clock, string[] words)
    {
        if (words.Length == 1)
        {
            return "FAIL clock_set needs a time in nanoseconds";
        }

        if (!TryParse(words[1], out long nanoseconds))
        {
            return BadNumber(words[1]);
        }

        await clock.AdvanceToAsync(nanoseconds);
        return Now(clock);
    }

    private static string Now(VirtualClock clock) => string.Create(CultureInfo.InvariantCulture, $"OK {clock.Nanoseconds}");

    private static string BadNumber(string word) => $"FAIL '{word}' is not a number of nanoseconds";

    private static bool TryParse(string word, out long nanoseconds)
    {
        bool hexadecimal = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return hexadecimal
            ? long.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out nanoseconds) && nanoseconds >= 0
            : long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out nanoseconds);
    }
}
