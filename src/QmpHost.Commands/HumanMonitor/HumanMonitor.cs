using System.Text;
using QmpHost.Commands.Hosting;
using QmpHost.Qapi;

namespace QmpHost.Commands.HumanMonitor;

/// <summary>The human monitor: takes a command line, gives the text that QEMU's monitor would show.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class HumanMonitor
{
    private readonly HostServices _host;
    private readonly HmpCommandSet _commands = new();

    /// <summary>Makes the human monitor of a host.</summary>
    /// <param name="host">The host.</param>
    public HumanMonitor(HostServices host) => _host = host;

    /// <summary>Runs one command line.</summary>
    /// <param name="line">The command line.</param>
    /// <returns>The reply, with lines that end in CR LF; empty if there is nothing to say.</returns>
    public async ValueTask<string> ExecuteAsync(string line)
    {
        var reply = new StringBuilder();
        string trimmed = line.TrimStart();
        if (trimmed.Length > 0 && trimmed[0] != '\0')
        {
            await ExecuteAsync(trimmed, reply);
        }

        return reply.Replace("\n", "\r\n").ToString();
    }

    private async ValueTask ExecuteAsync(string line, StringBuilder reply)
    {
        if (_commands.Find(line, out int end, out string words) is not { } command)
        {
            reply.Append("unknown command: '").Append(words).Append("'\n");
            return;
        }

        var arguments = new HmpArgumentReader(line, end, _host.StandardOutput);
        try
        {
            await command.ExecuteAsync(new HmpContext(_host, reply), arguments);
        }
        catch (HmpArgumentException e)
        {
            string lastWord = command.Name[(command.Name.LastIndexOf(' ') + 1)..];
            reply.Append(lastWord).Append(": ").Append(e.Message).Append("\nTry \"help ").Append(command.Name).Append("\" for more information\n");
        }
        catch (QmpException e)
        {
            reply.Append("Error: ").Append(e.Message).Append('\n');
        }
    }
}
