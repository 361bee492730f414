using System.Globalization;

namespace QmpHost.Sessions;

/// <summary>The directives that make, change and show files.</summary>
internal static class SessionFiles
{
    /// <summary><c>@image FORMAT NAME SIZE|- [option=value …]</c>.</summary>
    public static async ValueTask CreateImageAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> words = step.Words();
        if (words.Count < 3)
        {
            throw new SessionException("expected @image FORMAT NAME SIZE [option=value …]");
        }

        var options = new Dictionary<string, string>();
        foreach (string word in words.Skip(3))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                throw new SessionException($"'{word}' is not of the form option=value");
            }

            options.Add(word[..equals], run.Expand(word[(equals + 1)..]));
        }

        long size = words[2] == "-" ? -1 : ByteSize.Parse(words[2], step.Line);
        run.Formats[words[1]] = words[0];
        await run.Options.Tools.CreateAsync(new ImageSpec(words[0], run.FilePath(words[1]), size, options), cancellationToken);
    }

    /// <summary><c>@pattern NAME BYTE OFFSET LENGTH</c>.</summary>
    public static async ValueTask WritePatternAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> words = step.Words();
        if (words.Count != 4 || !run.Formats.TryGetValue(words[0], out string? format))
        {
            throw new SessionException("expected @pattern NAME BYTE OFFSET LENGTH, of an image made before");
        }

        await run.Options.Tools.WriteAsync(
            format,
            run.FilePath(words[0]),
            checked((byte)ByteSize.Parse(words[1], step.Line)),
            ByteSize.Parse(words[2], step.Line),
            ByteSize.Parse(words[3], step.Line),
            cancellationToken);
    }

    /// <summary><c>@file NAME [CONTENT]</c>, with escapes.</summary>
    public static async ValueTask CreateFileAsync(SessionRun run, SessionStep step, CancellationToken cancellationToken)
    {
        int blank = step.Text.IndexOf(' ', StringComparison.Ordinal);
        string name = blank < 0 ? step.Text : step.Text[..blank];
        byte[] content = blank < 0 ? [] : SessionWords.Unescape(run.Expand(step.Text[(blank + 1)..]), step.Line);
        await File.WriteAllBytesAsync(run.FilePath(name), content, cancellationToken);
    }

    /// <summary><c>@remove NAME</c>.</summary>
    public static ValueTask Remove(SessionRun run, SessionStep step)
    {
        File.Delete(run.FilePath(step.Text));
        return ValueTask.CompletedTask;
    }

    /// <summary><c>@dump NAME OFFSET LENGTH</c>: the bytes of a file, repeated lines left out.</summary>
    public static ValueTask Dump(SessionRun run, SessionStep step)
    {
        IReadOnlyList<string> words = step.Words();
        if (words.Count != 3)
        {
            throw new SessionException("expected @dump NAME OFFSET LENGTH");
        }

        long offset = ByteSize.Parse(words[1], step.Line);
        byte[] bytes = new byte[ByteSize.Parse(words[2], step.Line)];
        using var file = new FileStream(run.FilePath(words[0]), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = offset;
        int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);

        run.Transcript.Note($"== dump {step.Text}");
        run.Transcript.Output(Hex(bytes.AsSpan(0, count), offset));
        return ValueTask.CompletedTask;
    }

    private static string Hex(ReadOnlySpan<byte> bytes, long offset)
    {
        var text = new System.Text.StringBuilder();
        ReadOnlySpan<byte> previous = default;
        bool skipping = false;
        for (int i = 0; i < bytes.Length; i += 16)
        {
            ReadOnlySpan<byte> line = bytes.Slice(i, Math.Min(16, bytes.Length - i));
            if (line.SequenceEqual(previous))
            {
                text.Append(skipping ? string.Empty : "*\n");
                skipping = true;
                continue;
            }

            previous = line;
            skipping = false;
            text.Append((offset + i).ToString("x8", CultureInfo.InvariantCulture)).Append(' ')
                .Append(Convert.ToHexStringLower(line)).Append('\n');
        }

        return text.Append((offset + bytes.Length).ToString("x8", CultureInfo.InvariantCulture)).Append('\n').ToString();
    }
}
