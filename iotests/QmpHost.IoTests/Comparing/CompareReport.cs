using System.Globalization;

namespace QmpHost.IoTests.Comparing;

/// <summary>Counts equal replies by command, and shows those that differ.</summary>
internal sealed class CompareReport(TextWriter output, int longest)
{
    private readonly SortedDictionary<string, (int Equal, int All)> _commands = new(StringComparer.Ordinal);
    private readonly List<string> _endings = [];

    public int Differing { get; private set; }

    public void Count(string command, bool equal)
    {
        (int equals, int all) = _commands.GetValueOrDefault(command);
        _commands[command] = (equals + (equal ? 1 : 0), all + 1);
        Differing += equal ? 0 : 1;
    }

    public async Task ShowAsync(string title, string request, string oracle, string own)
    {
        await output.WriteLineAsync($"{title}\n  -> {request}");
        int at = oracle.AsSpan().CommonPrefixLength(own);
        await output.WriteLineAsync($"  QEMU: {Cut(oracle, at)}\n  own:  {Cut(own, at)}");
    }

    public async Task EndingAsync(string text)
    {
        _endings.Add(text);
        await output.WriteLineAsync(text);
    }

    public async Task SummariseAsync()
    {
        foreach ((string command, (int equal, int all)) in _commands.OrderBy(static c => (double)c.Value.Equal / c.Value.All))
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{100.0 * equal / all,6:F1} % {equal,5} of {all,5}  {command}"));
        }

        int same = _commands.Values.Sum(static c => c.Equal);
        int sum = _commands.Values.Sum(static c => c.All);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{100.0 * same / Math.Max(1, sum),6:F2} % {same,5} of {sum,5}  all; {_endings.Count} sessions ended early"));
    }

    private string Cut(string text, int at)
    {
        text = text.TrimEnd();
        if (text.Length <= longest)
        {
            return text;
        }

        int start = Math.Max(0, at - (longest / 2));
        return $"{(start > 0 ? "…" : string.Empty)}{text[start..Math.Min(text.Length, start + longest)]}…";
    }
}
