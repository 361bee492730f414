namespace QmpHost.Sessions;

/// <summary>A monitor that is attached to the program when it starts.</summary>
/// <param name="Name">Name by which the session and its transcript call it.</param>
/// <param name="Options">Further monitor options, such as <c>pretty=on</c>; empty for none.</param>
public sealed record SessionMonitor(string Name, string Options);
