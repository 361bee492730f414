using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace QmpHost.Inspect.Tests;

/// <summary>A page in a headless Chromium, driven over its DevTools protocol: scripts run in the page, and pictures are taken of it.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Announcement = "DevTools listening on ";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _page = new();
    private readonly HashSet<string> _events = [];
    private int _lastId;

    private Browser(Process process, string profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>Opens a page; ignores the test where there is no Chromium.</summary>
    public static async Task<Browser> OpenAsync(string address)
    {
        string? program = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
        if (program is null)
        {
            Assert.Ignore("Chromium is missing.");
        }

        string profile = Directory.CreateTempSubdirectory("qmphost-browser-").FullName;
        string[] arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0", $"--user-data-dir={profile}", "--window-size=1200,900", "about:blank"];
        var browser = new Browser(Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!, profile);
        try
        {
            await browser.ConnectAsync().WaitAsync(Patience);
            await browser.GoAsync(address);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs an expression in the page, and awaits the promise that it may be.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        JsonNode result = await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        Assert.That(result["exceptionDetails"]?["exception"]?["description"]?.GetValue<string>(), Is.Null, expression);
        return result["result"]?["value"];
    }

    /// <summary>Waits until an expression is true in the page.</summary>
    public async Task WaitAsync(string condition)
        => await EvaluateAsync($$"""
            new Promise((done, fail) => {
              const look = () => {{condition}} ? done(true) : setTimeout(look, 20);
              setTimeout(() => fail(new Error("in vain: " + document.body.innerText)), {{Patience.TotalMilliseconds / 2}});
              look();
            })
            """);

    /// <summary>Takes a picture of the page, as PNG.</summary>
    public async Task<byte[]> TakePictureAsync()
        => Convert.FromBase64String((await CallAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png" }))["data"]!.GetValue<string>());

    public async ValueTask DisposeAsync()
    {
        _page.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    private async Task ConnectAsync()
    {
        string? line;
        do
        {
            line = await _process.StandardError.ReadLineAsync() ?? throw new IOException("Chromium ended at its start.");
        }
        while (!line.StartsWith(Announcement, StringComparison.Ordinal));

        // Nobody reads on, and the browser must not wait for that.
        _ = _process.StandardError.ReadToEndAsync();
        int port = new Uri(line[Announcement.Length..]).Port;
        using var http = new HttpClient();
        JsonArray targets = (await http.GetFromJsonAsync<JsonArray>($"http://127.0.0.1:{port}/json/list"))!;
        JsonNode page = targets.First(target => target!["type"]!.GetValue<string>() == "page")!;
        await _page.ConnectAsync(new Uri(page["webSocketDebuggerUrl"]!.GetValue<string>()), CancellationToken.None);
    }

    private async Task GoAsync(string address)
    {
        await CallAsync("Page.enable", []);
        _events.Clear();
        await CallAsync("Page.navigate", new JsonObject { ["url"] = address });
        while (!_events.Contains("Page.loadEventFired"))
        {
            Note(await ReceiveAsync().WaitAsync(Patience));
        }
    }

    private void Note(JsonNode message)
    {
        if (message["method"] is { } method)
        {
            _events.Add(method.GetValue<string>());
        }
    }

    private async Task<JsonNode> CallAsync(string method, JsonObject parameters)
    {
        int id = ++_lastId;
        byte[] request = Encoding.UTF8.GetBytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters }.ToJsonString());
        await _page.SendAsync(request, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        while (true)
        {
            JsonNode message = await ReceiveAsync().WaitAsync(Patience);
            if (message["id"]?.GetValue<int>() == id)
            {
                return message["result"] ?? throw new IOException(message.ToJsonString());
            }

            Note(message);
        }
    }

    private async Task<JsonNode> ReceiveAsync()
    {
        using var text = new MemoryStream();
        byte[] buffer = new byte[65536];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _page.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            text.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(text.ToArray())!;
    }
}
