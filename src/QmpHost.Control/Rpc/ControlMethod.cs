using System.Text.Json.Nodes;

namespace QmpHost.Control.Rpc;

/// <summary>A method of the control interface, from which its calls are checked and its documentation is made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Parameters">What it takes, in the order in which they may be given without names.</param>
/// <param name="Result">What it returns, in words.</param>
/// <param name="Run">Carries a call out.</param>
internal sealed record ControlMethod(
    string Name, string Summary, IReadOnlyList<ControlParameter> Parameters, string Result, Func<ControlCall, Task<JsonNode?>> Run);

/// <summary>A parameter of a method.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type in JSON Schema's words: string, integer, number, boolean, object, array; or the name of a shape.</param>
/// <param name="Summary">What it says.</param>
/// <param name="IsRequired">Whether it has to be given.</param>
internal sealed record ControlParameter(string Name, string Type, string Summary, bool IsRequired = false)
{
    /// <summary>The host that a method is about; the only one there is may be left out.</summary>
    public static ControlParameter Host { get; } = new("host", "string", "The host's name; may be left out where there is only one.");

    /// <summary>How long a method that waits does so: see <see cref="ControlCall.Patience"/>.</summary>
    public static ControlParameter Timeout { get; } = new("timeout", "number", "Milliseconds of real time; 60,000 by default.");
}
