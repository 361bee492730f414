namespace QmpHost.IoTests.Harness;

/// <summary>How sessions and scenarios are played, where that makes no difference to what is right.</summary>
/// <param name="Pace">How long the client of a session thinks before each step; a scenario's does not.</param>
/// <param name="Lines">Told how many lines a scenario's log has, whenever a line is added; null for nobody.</param>
public readonly record struct PlayOptions(TimeSpan Pace, Action<int>? Lines = null);
