using System.Globalization;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>Sizes as QEMU tells them to people: three digits and a binary unit, "1.5 KiB", "196 KiB", "0.977 MiB".</summary>
internal static class HumanSize
{
    private const double Step = 1024;
    private const double Limit = 1000;
    private const int Digits = 3;

    private static readonly string[] Units = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    /// <summary>Formats a size.</summary>
    /// <param name="bytes">The size in bytes.</param>
    /// <returns>The text.</returns>
    public static string Format(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= Limit)
        {
            value /= Step;
            unit++;
        }

        int decimals = value == 0 ? 0 : Digits - 1 - (int)Math.Floor(Math.Log10(value));
        string number = Math.Round(value, decimals, MidpointRounding.ToEven).ToString("0.###", CultureInfo.InvariantCulture);
        return $"{number} {Units[unit]}B";
    }
}
