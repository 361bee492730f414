using System.Diagnostics.CodeAnalysis;
using QmpHost.Block.Core;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Http;

/// <summary>http and https: a file of a web server that answers requests for ranges, read-only.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A node ends its driver by closing it.")]
internal sealed class HttpDriver(BlockDriverDescriptor descriptor) : BlockDriver
{
    private const long DefaultReadahead = 256 << 10;
    private const long DefaultTimeout = 5;
    private const long MaxTimeout = 10000;

    private HttpFile? _file;
    private HttpReadahead? _readahead;
    private string? _plainName;

    /// <summary>The driver "http".</summary>
    public static BlockDriverDescriptor Http { get; } =
        MakeTable(BlockdevDriver.Http, static url => new BlockdevOptionsCurlHttp { Url = url });

    /// <summary>The driver "https".</summary>
    public static BlockDriverDescriptor Https { get; } =
        MakeTable(BlockdevDriver.Https, static url => new BlockdevOptionsCurlHttps { Url = url });

    /// <inheritdoc/>
    public override BlockDriverDescriptor Descriptor => descriptor;

    /// <inheritdoc/>
    public override string? ExactFilename => _plainName;

    /// <inheritdoc/>
    public override bool ProvidesInfo => false;

    private HttpFile File => _file ?? throw new BlockIOException(Errno.EIO);

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(BlockOpenContext context)
    {
        if (!context.ReadOnly)
        {
            if (!context.AutoReadOnly)
            {
                throw new QmpException("curl driver does not support writes");
            }

            context.ReadOnly = true;
        }

        HttpFileOptions options = Read(context.Options.Branch!, Node.Graph.Context.Surroundings);
        _file = new HttpFile(options);
        await _file.OpenAsync();
        _readahead = new HttpReadahead(_file, options.Readahead);
        _plainName = options.IsPlain ? options.Url : null;
    }

    /// <inheritdoc/>
    public override ValueTask CloseAsync()
    {
        _file?.Dispose();
        _file = null;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetLengthAsync() => ValueTask.FromResult(File.Length);

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, RequestFlags flags)
    {
        try
        {
            await _readahead!.ReadAsync(offset, buffer);
        }
        catch (HttpFileException e)
        {
            Node.Graph.Context.Report(ReportKind.Failure, $"curl: {e.Message}");
            throw new BlockIOException(Errno.EIO, e);
        }
    }

    private static BlockDriverDescriptor MakeTable(BlockdevDriver value, Func<string, IBlockdevOptionsBranch> parse) => new()
    {
        Name = value.ToWire(),
        SchemaValue = value,
        Make = static table => new HttpDriver(table),
        IsProtocol = true,
        Protocols = [value.ToWire()],
        FilenameParser = (_, filename) => parse(filename),
        Sizes = ["readahead"],
        IsSaidByFilename = static option => option == "url",
        IsStrongOption = static option => option is not ("readahead" or "timeout"),
    };

    private HttpFileOptions Read(IBlockdevOptionsBranch branch, IBlockSurroundings surroundings)
    {
        BlockdevOptionsCurlHttps common = Unite(branch);
        (int readahead, TimeSpan timeout) = CheckSizes(common);
        if (common is { Cookie: not null, CookieSecret: not null })
        {
            throw new QmpException("curl driver cannot handle both cookie and cookie secret");
        }

        string? cookie = common.Cookie ?? Secret(surroundings, common.CookieSecret);
        string prefix = descriptor.Name + "://";
        if (!common.Url.StartsWith(prefix, StringComparison.Ordinal))
        {
            throw new QmpException($"{descriptor.Name} curl driver cannot handle the URL '{common.Url}' (does not start with '{prefix}')");
        }

        return new HttpFileOptions
        {
            Url = common.Url,
            Readahead = readahead,
            Timeout = timeout,
            Cookie = cookie,
            VerifiesServer = common.Sslverify ?? true,
            ForcesRange = common.ForceRange == true,
            User = common.Username,
            Password = Secret(surroundings, common.PasswordSecret),
            ProxyUser = common.ProxyUsername,
            ProxyPassword = Secret(surroundings, common.ProxyPasswordSecret),
        };
    }

    private (int Readahead, TimeSpan Timeout) CheckSizes(BlockdevOptionsCurlHttps options)
    {
        long readahead = SizeOption.Check(Node, "readahead", options.Readahead) ?? DefaultReadahead;
        if (readahead % BlockNode.SectorSize != 0)
        {
            throw new QmpException($"HTTP_READAHEAD_SIZE {readahead} is not a multiple of {BlockNode.SectorSize}");
        }

        long timeout = options.Timeout ?? DefaultTimeout;
        return timeout is >= 0 and <= MaxTimeout
            ? ((int)Math.Min(readahead, HttpReadahead.MaxReadahead), TimeSpan.FromSeconds(timeout))
            : throw new QmpException("timeout parameter is too large or negative");
    }

    // The options of http are those of https without what concerns certificates.
    private static BlockdevOptionsCurlHttps Unite(IBlockdevOptionsBranch branch) => branch switch
    {
        BlockdevOptionsCurlHttps https => https,
        BlockdevOptionsCurlHttp http => new BlockdevOptionsCurlHttps
        {
            Url = http.Url,
            Readahead = http.Readahead,
            Timeout = http.Timeout,
            Username = http.Username,
            PasswordSecret = http.PasswordSecret,
            ProxyUsername = http.ProxyUsername,
            ProxyPasswordSecret = http.ProxyPasswordSecret,
            Cookie = http.Cookie,
            CookieSecret = http.CookieSecret,
        },
        _ => throw new InvalidOperationException("The options are another driver's."),
    };

    private static string? Secret(IBlockSurroundings surroundings, string? id)
        => id is null ? null : System.Text.Encoding.UTF8.GetString(surroundings.GetSecret(id).Span);
}
