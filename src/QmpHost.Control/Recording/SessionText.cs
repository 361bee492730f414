using System.Text;
using QmpHost.Qapi;

namespace QmpHost.Control.Recording;

/// <summary>A record as the text of a session file, which can be played on QEMU and on QmpHost.</summary>
/// <remarks>Each client is a monitor. Events are waited for where they came between two commands of their client.</remarks>
public static class SessionText
{
    /// <summary>Writes the text.</summary>
    /// <param name="entries">The record.</param>
    /// <param name="program">"system" or "storage-daemon".</param>
    /// <returns>The text.</returns>
    public static string Of(IReadOnlyList<RecordEntry> entries, string program)
    {
        ArgumentNullException.ThrowIfNull(entries);
        int[] clients = [.. entries.Where(static entry => entry.Kind == RecordKind.Command).Select(static entry => entry.Client).Distinct()];
        var text = new StringBuilder().Append("@programs ").Append(program).Append('\n');
        if (clients.Length > 1)
        {
            foreach (int client in clients)
            {
                text.Append("@monitor client").Append(client).Append('\n');
            }
        }

        text.Append("@start\n");
        int current = clients.Length > 0 ? clients[0] : 0;
        var waiting = new HashSet<int>();
        foreach (RecordEntry entry in entries.Where(entry => clients.Contains(entry.Client)))
        {
            Write(text, entry, clients.Length > 1, ref current, waiting);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, RecordEntry entry, bool hasMany, ref int current, HashSet<int> waiting)
    {
        if (entry.Kind is RecordKind.Return or RecordKind.Error)
        {
            waiting.Remove(entry.Client);
            return;
        }

        // What comes between a command and its reply is in the transcript without being waited for.
        bool isWaitedFor = entry.Kind == RecordKind.Event && !waiting.Contains(entry.Client);
        if (entry.Kind != RecordKind.Command && !isWaitedFor)
        {
            return;
        }

        if (hasMany && entry.Client != current)
        {
            text.Append("@on client").Append(entry.Client).Append('\n');
            current = entry.Client;
        }

        if (isWaitedFor)
        {
            text.Append("@event ").Append(entry.Name).Append(Condition(entry)).Append('\n');
            return;
        }

        waiting.Add(entry.Client);
        text.Append(entry.Text).Append('\n');
    }

    // Jobs tell of several states with the same event.
    private static string Condition(RecordEntry entry)
    {
        if (entry.Parse() is not QDict message || !message.TryGetValue("data", out QObject? value) || value is not QDict data)
        {
            return string.Empty;
        }

        string[] members = ["id", "device", "status"];
        return string.Concat(members.Where(data.ContainsKey).Where(name => data[name] is QString)
            .Select(name => $" {name}={((QString)data[name]).Value}"));
    }
}
