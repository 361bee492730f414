using System.Text;

namespace QmpHost.Nbd.Tests.Wire;

/// <summary>
/// A recorded exchange. "release" and the folder of its programs say whose, QEMU 7.2's otherwise; "disk" and "export" lines say what is served; "connect" begins a conversation; "client", "opt", "req",
/// "xreq" (a request with an extended header) and "raw" lines are sent; lines that begin with "&lt;" are what the server sent afterwards, "&lt; eof" that it closed.
/// Where a conversation ends, the client closes its sending half.
/// </summary>
internal sealed class WireScript
{
    private WireScript(List<string> setup, List<List<WireStep>> conversations, List<string> lines)
    {
        Setup = setup;
        Conversations = conversations;
        Lines = lines;
    }

    public List<string> Setup { get; }

    /// <summary>The folder of the release's programs, or null for those that are installed.</summary>
    public string? Programs { get; private init; }

    public List<List<WireStep>> Conversations { get; }

    public List<string> Lines { get; }

    public static WireScript Load(string path)
    {
        List<string> setup = [];
        List<List<WireStep>> conversations = [];
        List<string> lines = [.. File.ReadAllLines(path)];
        string? programs = null;
        for (int i = 0; i < lines.Count; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (line.StartsWith("release ", StringComparison.Ordinal))
            {
                programs = line.Split(' ')[2];
            }
            else if (line.StartsWith("disk ", StringComparison.Ordinal) || line.StartsWith("export ", StringComparison.Ordinal))
            {
                setup.Add(line);
            }
            else if (line[0] == '<')
            {
                conversations[^1][^1].Add(line[1..].Trim());
            }
            else
            {
                if (line == "connect")
                {
                    conversations.Add([]);
                }

                conversations[^1].Add(new WireStep(i, line, line is "connect" or "close" ? [] : WireBytes.Parse(line)));
            }
        }

        return new WireScript(setup, conversations, lines) { Programs = programs };
    }

    /// <summary>The script's text with other server lines.</summary>
    public string Rewrite(IReadOnlyDictionary<int, (byte[] Bytes, bool Eof)> answers)
    {
        var text = new StringBuilder();
        for (int i = 0; i < Lines.Count; i++)
        {
            if (Lines[i].StartsWith('<'))
            {
                continue;
            }

            text.Append(Lines[i]).Append('\n');
            if (answers.TryGetValue(i, out (byte[] Bytes, bool Eof) answer))
            {
                foreach (string line in WireBytes.Format(answer.Bytes))
                {
                    text.Append("< ").Append(line).Append('\n');
                }

                text.Append(answer.Eof ? "< eof\n" : "");
            }
        }

        return text.ToString();
    }
}
