namespace QmpHost.IoTests.Faults;

/// <summary>The commands that play cases.</summary>
internal static class PlayedCases
{
    /// <summary>What makes the case of a seed for a command, or null if it plays no cases.</summary>
    public static Func<int, IPlayedCase>? Maker(string command) => command switch
    {
        "faults" => static seed => new FaultCase(seed),
        "mutations" => static seed => new MutationCase(seed),
        "operations" => static seed => new OperationCase(seed),
        "troubles" => static seed => new TroubleCase(seed),
        _ => null,
    };
}
