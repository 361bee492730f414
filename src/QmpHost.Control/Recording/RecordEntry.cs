using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Control.Recording;

/// <summary>Something that was said between a host and one of its clients.</summary>
/// <param name="Number">Its place in the record, from 1.</param>
/// <param name="Time">When, on the host's clock.</param>
/// <param name="Client">The number of the client's connection, from 1.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The name of the command or event; of a reply, that of its command; otherwise empty.</param>
/// <param name="Text">The message as it was sent, without its line end; of a command, the text of its value.</param>
public sealed record RecordEntry(long Number, DateTimeOffset Time, int Client, RecordKind Kind, string Name, string Text)
{
    /// <summary>The message as a value.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="QmpException">What the client sent was no value.</exception>
    public QObject Parse() => JsonParser.Parse(Text);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        RecordKind.Connected => $"{Number} client {Client} connected",
        RecordKind.Disconnected => $"{Number} client {Client} disconnected",
        RecordKind.Command => $"{Number} {Client} -> {Text}",
        _ => $"{Number} {Client} <- {Text}",
    };
}
