namespace QmpHost.Control.Recording;

/// <summary>A record is not as a test expects it.</summary>
/// <param name="message">What is wrong.</param>
public sealed class RecordCheckException(string message) : Exception(message);
