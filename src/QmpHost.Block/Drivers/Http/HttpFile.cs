using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Http;

/// <summary>A file of a web server, read in ranges. Connections are kept; failures become <see cref="HttpFileException"/>.</summary>
internal sealed class HttpFile : IDisposable
{
    private readonly HttpFileOptions _options;
    private readonly HttpClient _client;

    /// <summary>Makes one that has asked for nothing yet.</summary>
    /// <param name="options">Where it is.</param>
    public HttpFile(HttpFileOptions options)
    {
        _options = options;
        TimeSpan timeout = options.Timeout > TimeSpan.Zero ? options.Timeout : Timeout.InfiniteTimeSpan;
        var handler = new SocketsHttpHandler { UseCookies = false, ConnectTimeout = timeout };
        if (!options.VerifiesServer)
        {
#pragma warning disable CA5359 // The user has asked for this: sslverify=off.
            handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true };
#pragma warning restore CA5359
        }

        if (options.ProxyUser is not null)
        {
            handler.DefaultProxyCredentials = new NetworkCredential(options.ProxyUser, options.ProxyPassword);
        }

        _client = new HttpClient(handler) { Timeout = timeout };
    }

    /// <summary>The length in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Finds the length out.</summary>
    /// <exception cref="QmpException">The file cannot be had in ranges.</exception>
    public async ValueTask OpenAsync()
    {
        try
        {
            using HttpResponseMessage response = await SendAsync(HttpMethod.Head, range: null);
            if (response.Content.Headers.ContentLength is not { } length)
            {
                throw new HttpFileException("Server didn't report file size.");
            }

            if (!_options.ForcesRange && !response.Headers.AcceptRanges.Contains("bytes"))
            {
                throw new HttpFileException("Server does not support 'range' (byte ranges).");
            }

            Length = length;
        }
        catch (HttpFileException e)
        {
            throw new QmpException($"CURL: Error opening file: {e.Message}");
        }
    }

    /// <summary>Reads a range within the file.</summary>
    /// <param name="offset">Start in bytes.</param>
    /// <param name="length">Length in bytes.</param>
    /// <returns>The bytes.</returns>
    public async Task<byte[]> ReadAsync(long offset, int length)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, new RangeHeaderValue(offset, offset + length - 1));
        if (response.StatusCode != HttpStatusCode.PartialContent)
        {
            throw new HttpFileException("Requested range was not delivered by the server");
        }

        byte[] data = new byte[length];
        try
        {
            await using Stream stream = await response.Content.ReadAsStreamAsync();
            using var limit = new CancellationTokenSource(_client.Timeout);
            await stream.ReadExactlyAsync(data, limit.Token);
            return data;
        }
        catch (EndOfStreamException e)
        {
            throw new HttpFileException("transfer closed with outstanding read data remaining", e);
        }
        catch (OperationCanceledException e)
        {
            throw TimedOut(e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new HttpFileException("Recv failure: Connection reset by peer", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static string Describe(HttpRequestException e, Uri address) => e switch
    {
        { HttpRequestError: HttpRequestError.NameResolutionError } => $"Could not resolve host: {address.Host}",
        { HttpRequestError: HttpRequestError.SecureConnectionError } => $"SSL connection failed: {e.InnerException?.Message ?? e.Message}",
        { InnerException: SocketException } => $"Couldn't connect to server",
        _ => e.Message,
    };

    private async ValueTask<HttpResponseMessage> SendAsync(HttpMethod method, RangeHeaderValue? range)
    {
        if (!Uri.TryCreate(_options.Url, UriKind.Absolute, out Uri? address) || address.Host.Length == 0)
        {
            throw new HttpFileException("");
        }

        using var request = new HttpRequestMessage(method, address);
        request.Headers.Range = range;
        if (_options.Cookie is { } cookie)
        {
            request.Headers.TryAddWithoutValidation("Cookie", cookie);
        }

        if (_options.User is { } user)
        {
            string credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{_options.Password}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        }

        return await SendAsync(request, address);
    }

    private async ValueTask<HttpResponseMessage> SendAsync(HttpRequestMessage request, Uri address)
    {
        long start = Stopwatch.GetTimestamp();
        HttpResponseMessage response;
        try
        {
            response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }
        catch (HttpRequestException e) when (e is { HttpRequestError: HttpRequestError.ConnectionError, InnerException: SocketException })
        {
            long passed = (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            throw new HttpFileException($"Failed to connect to {address.Host} port {address.Port} after {passed} ms: {Describe(e, address)}", e);
        }
        catch (HttpRequestException e)
        {
            throw new HttpFileException(Describe(e, address), e);
        }
        catch (OperationCanceledException e)
        {
            throw TimedOut(e);
        }

        int status = (int)response.StatusCode;
        if (status >= 400)
        {
            response.Dispose();
            throw new HttpFileException($"The requested URL returned error: {status}");
        }

        return response;
    }

    private HttpFileException TimedOut(OperationCanceledException e)
        => new($"Operation timed out after {(long)_client.Timeout.TotalMilliseconds} milliseconds with 0 bytes received", e);
}
