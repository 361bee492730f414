namespace QmpHost.Nbd.Tests.Wire;

/// <summary>One thing that the client sends, and what the server answers.</summary>
internal sealed class WireStep(int line, string text, byte[] send)
{
    private readonly List<byte> _expected = [];

    public int Line { get; } = line;

    public string Text { get; } = text;

    public byte[] Send { get; } = send;

    public bool ExpectEof { get; private set; }

    public byte[] Expected => [.. _expected];

    public void Add(string serverLine)
    {
        if (serverLine == "eof")
        {
            ExpectEof = true;
        }
        else
        {
            _expected.AddRange(WireBytes.ParseServer(serverLine));
        }
    }
}
