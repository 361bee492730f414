namespace QmpHost.Commands.HumanMonitor;

/// <summary>The arguments do not fit, which is told without the command's name before it.</summary>
/// <param name="message">What is wrong.</param>
internal sealed class HmpUsageException(string message) : Exception(message);
