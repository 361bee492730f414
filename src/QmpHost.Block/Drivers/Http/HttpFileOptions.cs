namespace QmpHost.Block.Drivers.Http;

/// <summary>Where a file of a web server is, and how it is asked for.</summary>
internal sealed record HttpFileOptions
{
    /// <summary>The address.</summary>
    public required string Url { get; init; }

    /// <summary>How many bytes are read ahead.</summary>
    public int Readahead { get; init; }

    /// <summary>How long a request may take; zero for ever.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>The cookies as they are sent, or null.</summary>
    public string? Cookie { get; init; }

    /// <summary>Whether the certificate of the server is checked.</summary>
    public bool VerifiesServer { get; init; } = true;

    /// <summary>Whether the server is believed to have ranges although it does not say so.</summary>
    public bool ForcesRange { get; init; }

    /// <summary>Who logs in, or null.</summary>
    public string? User { get; init; }

    /// <summary>The password, or null.</summary>
    public string? Password { get; init; }

    /// <summary>Who logs in to the proxy, or null.</summary>
    public string? ProxyUser { get; init; }

    /// <summary>The proxy's password, or null.</summary>
    public string? ProxyPassword { get; init; }

    /// <summary>Whether the address alone gets the file.</summary>
    public bool IsPlain => Cookie is null && VerifiesServer && User is null && Password is null && ProxyUser is null && ProxyPassword is null;
}
