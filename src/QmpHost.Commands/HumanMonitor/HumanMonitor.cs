using System.Text;
using QmpHost.Commands.Hosting;
using QmpHost.Qapi;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>The human monitor: takes a command line, gives the text that QEMU's monitor would show.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class HumanMonitor
{
    // One set for all hosts: commands hold no state, and where no host is asked for one nobody pays for it.
    private static readonly HmpCommandSet Commands = new();

    private readonly HostServices _host;

    /// <summary>Makes the human monitor of a host.</summary>
    /// <param name="host">The host.</param>
    public HumanMonitor(HostServices host) => _host = host;

    /// <summary>Runs one command line.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="history">The lines that were entered on the same console, this one included.</param>
    /// <param name="processor">The processor whose state commands show.</param>
    /// <returns>The reply, with lines that end in CR LF; empty if there is nothing to say.</returns>
    public async ValueTask<string> ExecuteAsync(string line, IReadOnlyList<string>? history = null, int processor = 0)
    {
        var reply = new StringBuilder();
        string trimmed = line.TrimStart();
        if (trimmed.Length > 0 && trimmed[0] != '\0')
        {
            await ExecuteAsync(trimmed, new HmpContext(_host, reply) { History = history ?? [], Processor = processor });
        }

        return reply.Replace("\n", "\r\n").ToString();
    }

    /// <summary>The words that the last word of a line's beginning may become.</summary>
    /// <param name="text">The beginning.</param>
    /// <returns>The words, in their order.</returns>
    public static IReadOnlyList<string> Complete(string text)
    {
        string[] words = text.TrimStart().Split(' ');
        IEnumerable<string> candidates = words switch
        {
            [_] or ["help" or "?", _] => Commands.Names,
            [HmpCommandSet.Information, _] or ["help" or "?", HmpCommandSet.Information, _] => Commands.InformationNames,
            _ => [],
        };
        return [.. candidates.Where(name => name.StartsWith(words[^1], StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private async ValueTask ExecuteAsync(string line, HmpContext context)
    {
        StringBuilder reply = context.Reply;
        if (Commands.Find(line, out int end, out string words) is not { } command || !command.ExistsIn(_host.Layer.Profile))
        {
            reply.Append("unknown command: '").Append(words).Append("'\n");
            return;
        }

        string lastWord = command.Title[(command.Title.LastIndexOf(' ') + 1)..];
        var arguments = new HmpArgumentReader(
            line, end, _host.StandardOutput, words[(words.LastIndexOf(' ') + 1)..], name => _host.Processors.Count > 0 ? _host.Processors.Registers.Find(name) : null);
        try
        {
            await command.ExecuteAsync(context, arguments);
        }
        catch (HmpArgumentException e)
        {
            reply.Append(lastWord).Append(": ").Append(e.Message).Append("\nTry \"help ").Append(words).Append("\" for more information\n");
        }
        catch (HmpUsageException e)
        {
            reply.Append(e.Message).Append("\nTry \"help ").Append(words).Append("\" for more information\n");
        }
        catch (QmpException e)
        {
            reply.Append("Error: ").Append(e.MessageWithHint).Append('\n');
        }
    }
}
