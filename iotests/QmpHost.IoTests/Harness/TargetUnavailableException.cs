namespace QmpHost.IoTests.Harness;

/// <summary>The chosen target does not exist on this machine; tests are skipped with the message as the reason.</summary>
public sealed class TargetUnavailableException(string message) : Exception(message);
