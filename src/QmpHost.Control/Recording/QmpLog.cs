using System.Globalization;
using QmpHost.Hosting;

namespace QmpHost.Control.Recording;

/// <summary>Writes what is said between a host and its clients to a file, a line each: time, client, direction, message.</summary>
public sealed class QmpLog : IAsyncDisposable
{
    private readonly HostRecord _record;
    private readonly StreamWriter _file;

    private QmpLog(HostRecord record, StreamWriter file)
    {
        _record = record;
        _file = file;
        _record.Added += Write;
    }

    /// <summary>Begins.</summary>
    /// <param name="host">The host.</param>
    /// <param name="path">The file, which is written anew.</param>
    /// <returns>A task with the log, which is disposed at the end.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task<QmpLog> StartAsync(BlockHost host, string path)
    {
        HostRecord record = HostControl.Of(host).Record;
        StreamWriter file;
        try
        {
            file = new StreamWriter(path) { AutoFlush = true };
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }

        var log = new QmpLog(record, file);
        await record.StartAsync();
        return log;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _record.Added -= Write;
        return _file.DisposeAsync();
    }

    private void Write(RecordEntry entry)
    {
        string time = entry.Time.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
        string what = entry.Kind switch
        {
            RecordKind.Connected => "connected",
            RecordKind.Disconnected => "disconnected",
            RecordKind.Command => "-> " + entry.Text,
            _ => "<- " + entry.Text,
        };
        _file.WriteLine($"{time} {entry.Client} {what}");
    }
}
