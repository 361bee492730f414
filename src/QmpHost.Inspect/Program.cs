using QmpHost.Inspect;

if (args is not [var address, .. var rest] || rest is not ([] or ["--port", _]) || (rest is [_, var text] && !ushort.TryParse(text, out _)))
{
    await Console.Error.WriteLineAsync("""
        Usage: qmphost-inspect ADDRESS [--port PORT]
        Shows the hosts of a control interface (PATH or tcp:127.0.0.1:PORT) as a live page on the loopback interface.
        """);
    return 2;
}

try
{
    await using InspectServer server = await InspectServer.StartAsync(address, rest is [_, var port] ? ushort.Parse(port, null) : 0);
    await Console.Out.WriteLineAsync($"look at {server.Address}");
    await server.EndedAsync();
    return 0;
}
catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or FormatException)
{
    await Console.Error.WriteLineAsync("qmphost-inspect: " + e.Message);
    return 1;
}
