using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace QmpHost.Inspect;

/// <summary>
/// A live page over a control interface: one document without other resources, the interface's calls (POST /call), and what it
/// tells (GET /told, as server-sent events); and the interface itself as a WebSocket (/control). Reached from this machine only.
/// </summary>
internal sealed class InspectServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ControlLink _link;

    private InspectServer(WebApplication application, ControlLink link)
    {
        _application = application;
        _link = link;
    }

    /// <summary>Where the page is.</summary>
    public string Address => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts it.</summary>
    /// <param name="control">The control interface's address.</param>
    /// <param name="port">The port; 0 for any.</param>
    public static async Task<InspectServer> StartAsync(string control, int port)
    {
        ControlLink link = await ControlLink.ConnectAsync(control);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(System.Net.IPAddress.Loopback, port));
        WebApplication application = builder.Build();
        application.Use(RefuseOthersAsync);
        application.UseWebSockets();
        application.MapGet("/", (RequestDelegate)SendPageAsync);
        application.MapPost("/call", (RequestDelegate)(context => CallAsync(context, link)));
        application.MapGet("/told", (RequestDelegate)(context => TellAsync(context, link)));
        application.MapGet("/control", (RequestDelegate)(context => ServeControlAsync(context, control)));
        await application.StartAsync();
        return new InspectServer(application, link);
    }

    /// <summary>Waits until the control interface is gone or a signal comes.</summary>
    public Task EndedAsync() => Task.WhenAny(_link.Ended, ((IHost)_application).WaitForShutdownAsync());

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await _application.DisposeAsync();
    }

    // A page from elsewhere must not act here, whatever its name resolves to.
    private static Task RefuseOthersAsync(HttpContext context, RequestDelegate next)
    {
        bool isLocal = IsLocal(context.Request.Host.Host) && IsOwnPage(context.Request.Headers.Origin);
        bool isJson = context.Request.Method != HttpMethods.Post || context.Request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) == true;
        if (isLocal && isJson)
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private static bool IsLocal(string host) => host is "127.0.0.1" or "localhost";

    // Browsers let any page open a WebSocket anywhere, and say where the page is from.
    private static bool IsOwnPage(string? origin) => origin is null || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? from) && IsLocal(from.Host));

    private static async Task ServeControlAsync(HttpContext context, string control)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        try
        {
            await using NetworkStream connection = await ControlAddress.ConnectAsync(control);
            using WebSocket webSocket = await context.WebSockets.AcceptWebSocketAsync();
            await new ControlWebSocket(webSocket, connection).RunAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is IOException or SocketException or WebSocketException or OperationCanceledException)
        {
            // One of the two is gone.
        }
    }

    private static async Task SendPageAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'";
        await using Stream page = typeof(InspectServer).Assembly.GetManifestResourceStream("page.html")!;
        await page.CopyToAsync(context.Response.Body);
    }

    private static async Task CallAsync(HttpContext context, ControlLink link)
    {
        JsonNode? call;
        try
        {
            call = await JsonNode.ParseAsync(context.Request.Body);
        }
        catch (System.Text.Json.JsonException)
        {
            call = null;
        }

        if (call is not JsonObject { } members || members["method"] is not JsonValue method || !method.TryGetValue(out string? name))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        JsonObject answer = await link.CallAsync(name, members["params"]?.DeepClone());
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer.ToJsonString());
    }

    private static async Task TellAsync(HttpContext context, ControlLink link)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.FlushAsync();
        try
        {
            await foreach (string line in link.ListenAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync($"data: {line}\n\n");
                await context.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed.
        }
    }
}
