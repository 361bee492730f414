namespace QmpHost.Client;

/// <summary>One message as it crossed the wire.</summary>
/// <param name="IsReceived">Whether the server sent it.</param>
/// <param name="Text">The text, without line end.</param>
public sealed record QmpTranscriptEntry(bool IsReceived, string Text);
