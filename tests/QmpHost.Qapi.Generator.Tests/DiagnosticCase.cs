namespace QmpHost.Qapi.Generator.Tests;

/// <summary>A bad schema, what the compiler says about it, and the text to which it points.</summary>
public sealed record DiagnosticCase(string Id, string Message, string PointsTo, string Schema)
{
    public override string ToString() => Message;
}
