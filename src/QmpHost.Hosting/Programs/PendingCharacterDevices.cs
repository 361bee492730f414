#pragma warning disable
using System.Net.Sockets;
using QmpHost.Hosting.CommandLine;
using QmpHost.Protocol.Chardev;
namespace QmpHost.Hosting.Programs;
internal sealed class CharacterDevice(Func<Task<CharacterConnection>> next, bool once) {
    public Task Running = Task.CompletedTask;
    public void Serve(Func<CharacterConnection, Task> serve) => Running = Task.Run(async () => { do { var c = await next(); await serve(c); await c.DisposeAsync(); } while (!once); });
}
internal sealed class CharacterDevices(ProgramEnvironment env) : IAsyncDisposable {
    Dictionary<string, CharacterDevice> d = [];
    public CharacterDevice? Find(string id) => d.GetValueOrDefault(id);
    public Task AddAsync(GivenOption o) { try {
        var q = QemuOpts.Parse(o.Value, "backend"); string id = q["id"] ?? throw new CommandLineException("chardev: no id specified"); 
        d.Add(id, Make(q["backend"], q["path"], q.GetBool("server", false))); return Task.CompletedTask; } catch (CommandLineException e) { throw new CommandLineException($"{o.Text}: {e.Message}"); } }
    CharacterDevice Make(string kind, string? path, bool server) {
        if (kind == "stdio") return new(() => Task.FromResult<CharacterConnection>(new StreamConnection(env.OpenStandardInput(), env.OpenStandardOutput())), true);
        if (kind != "socket") throw new CommandLineException($"'{kind}' is not a valid char driver name");
        var s = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (server) { File.Delete(path!); s.Bind(new UnixDomainSocketEndPoint(path!)); s.Listen(); return new(async () => new SocketConnection(await s.AcceptAsync()), false); }
        s.Connect(new UnixDomainSocketEndPoint(path!)); return new(() => Task.FromResult<CharacterConnection>(new SocketConnection(s)), true);
    }
    public Task<CharacterDevice> AddInlineAsync(GivenOption o) { var v = o.Value; if (v == "stdio") return Task.FromResult(Make("stdio", null, false)); var q = QemuOpts.Parse(v.Substring(5), "path"); return Task.FromResult(Make("socket", q["path"], q.GetBool("server", false))); }
    public async ValueTask DisposeAsync() { }
}
