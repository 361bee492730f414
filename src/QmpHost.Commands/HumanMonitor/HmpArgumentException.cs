namespace QmpHost.Commands.HumanMonitor;

/// <summary>A command line of the human monitor does not fit its command's arguments.</summary>
/// <param name="message">What is wrong, without the command's name.</param>
internal sealed class HmpArgumentException(string message) : Exception(message);
