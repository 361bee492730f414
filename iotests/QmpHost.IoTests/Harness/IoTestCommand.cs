using System.Globalization;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>The commands list, run, check and record over sessions and scenarios.</summary>
public sealed class IoTestCommand
{
    private readonly CommandLine _line;
    private readonly TextWriter _out;

    /// <summary>Creates the command.</summary>
    public IoTestCommand(CommandLine line, TextWriter output)
    {
        _line = line;
        _out = output;
    }

    /// <summary>Runs it; the result is the exit code.</summary>
    public async Task<int> RunAsync()
    {
        IReadOnlyList<GoldenItem> items = Select();
        if (_line.Command == "list")
        {
            foreach (GoldenItem item in items)
            {
                await _out.WriteLineAsync(item.Name);
            }

            return 0;
        }

        if (_line.Command is "run" or "record" && _line.Names.Count == 0)
        {
            throw new ArgumentException($"{_line.Command} needs a name");
        }

        if (_line.Command == "kill")
        {
            return await KillAsync(_line.Settings.CreateTarget());
        }

        int failed = 0;
        foreach (GoldenItem item in items)
        {
            failed += await PlayAsync(item, TargetOf(item)) ? 0 : 1;
        }

        if (_line.Command != "run")
        {
            await _out.WriteLineAsync($"{items.Count - failed} of {items.Count} passed");
        }

        return failed == 0 ? 0 : 1;
    }

    // Without a profile, each item is played under the release that it belongs to.
    private ISessionTarget TargetOf(GoldenItem item) =>
        (_line.Settings.Profile is null && item.Release != Corpus.DefaultRelease ? _line.Settings with { Profile = item.Release } : _line.Settings).CreateTarget();

    private async Task<int> KillAsync(ISessionTarget target)
    {
        var run = new KillRun(target, _line.Seed);
        int damaged = 0;
        for (int i = 0; i < _line.Repeat; i++)
        {
            if (await run.OnceAsync() is { } damage)
            {
                damaged++;
                await _out.WriteLineAsync(damage);
            }
        }

        await _out.WriteLineAsync($"{_line.Repeat - damaged} of {_line.Repeat} left no damage");
        return damaged == 0 ? 0 : 1;
    }

    private async Task<bool> PlayAsync(GoldenItem item, ISessionTarget target)
    {
        try
        {
            var options = new PlayOptions(_line.Settings.Pace, _line.Command == "run" ? new RunProgress(item.Name, Console.Error).Tell : null);
            string output = await item.PlayAsync(target, options);
            if (_line.Command == "run")
            {
                await _out.WriteAsync(output);
                return await JudgeAsync(item, output);
            }

            string? difference = _line.Command == "check" ? item.Difference(output) : null;
            for (int i = 1; i < _line.Repeat && difference is null; i++)
            {
                difference = SessionComparison.Difference(output, await item.PlayAsync(target, options));
            }

            if (difference is null && _line.Command == "record")
            {
                item.Record(output);
            }

            await _out.WriteLineAsync(difference is null ? $"ok   {item.Name}" : $"FAIL {item.Name}\n{difference}");
            return difference is null;
        }
        catch (NotSupportedException e)
        {
            await _out.WriteLineAsync($"skip {item.Name}: {e.Message}");
            return true;
        }
        catch (SessionException e)
        {
            await _out.WriteLineAsync($"FAIL {item.Name}\n{e.Message}");
            return false;
        }
    }

    // Beside the log, which goes to the output: whether it is right, and what to look at.
    private static async Task<bool> JudgeAsync(GoldenItem item, string output)
    {
        string? difference = item.Difference(output);
        await Console.Error.WriteLineAsync(difference is null
            ? string.Create(CultureInfo.InvariantCulture, $"{item.Name}: same as recorded by QEMU {item.Release}: {output.AsSpan().Count('\n'):N0} lines")
            : $"{item.Name}: different from what QEMU {item.Release} said\n{difference}");
        if (item.Remark is { } remark)
        {
            await Console.Error.WriteLineAsync(remark);
        }

        return difference is null;
    }

    private IReadOnlyList<GoldenItem> Select()
    {
        IReadOnlyList<GoldenItem> all = [.. GoldenItem.All().Where(item => _line.Release is null || item.Release == _line.Release)];
        if (_line.Names.Count == 0)
        {
            return all;
        }

        // What is shown is what was named; what is checked is all that has the name in its own.
        if (_line.Command == "run" && all.Where(item => _line.Names.Contains(item.Name)).ToList() is { Count: > 0 } named)
        {
            return named;
        }

        var chosen = all.Where(item => _line.Names.Any(name => item.Name.Contains(name, StringComparison.Ordinal))).ToList();
        return chosen.Count > 0 ? chosen : throw new ArgumentException("no scenario or session of this name");
    }
}
