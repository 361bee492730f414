using QmpHost.Block;
using QmpHost.Block.Graph;
using QmpHost.Hosting;
using QmpHost.Qapi;

namespace QmpHost.Control.Hosts;

/// <summary>A disk as the guest sees it: what it writes passes through the filters that jobs put above the node.</summary>
internal sealed class GuestDisk
{
    private const int LargestPiece = 1 << 20;

    private readonly BlockHost _host;
    private readonly BlockBackend _backend;
    private readonly bool _isOwn;

    private GuestDisk(BlockHost host, BlockBackend backend, bool isOwn)
    {
        _host = host;
        _backend = backend;
        _isOwn = isOwn;
    }

    /// <summary>Plugs the guest in: into a device that has the disk, or, where a node has none, into the node.</summary>
    /// <param name="host">The host.</param>
    /// <param name="name">The name of a device or node.</param>
    /// <exception cref="QmpException">There is none, or others do not let a guest write to it.</exception>
    public static Task<GuestDisk> PlugInAsync(BlockHost host, string name) => host.InvokeAsync(() =>
    {
        BlockGraph graph = host.Services.Layer.Graph;
        BlockNode node = graph.LookUp(name);
        BlockBackend? device = node.Parents.Select(static edge => edge.Parent).OfType<BlockBackend>()
            .FirstOrDefault(static backend => (backend.Used & BlockPermissions.Write) != 0 && (backend.Device is not null || backend.Name.Length > 0));
        if (device is not null)
        {
            return ValueTask.FromResult(new GuestDisk(host, device, isOwn: false));
        }

        var own = new BlockBackend(
            graph, "a guest", BlockPermissions.ConsistentRead | (node.ReadOnly ? BlockPermissions.None : BlockPermissions.Write), BlockPermissions.All);
        own.Insert(node);
        return ValueTask.FromResult(new GuestDisk(host, own, isOwn: true));
    });

    /// <summary>The disk's length in bytes.</summary>
    public Task<long> LengthAsync() => _host.Loop.InvokeAsync(() => Task.FromResult(_backend.Node.Length));

    public Task<byte[]> ReadAsync(long offset, int bytes) => _host.Loop.InvokeAsync(async () =>
    {
        byte[] data = new byte[bytes];
        await _backend.ReadAsync(offset, data);
        return data;
    });

    public Task WriteAsync(long offset, byte[] data) => _host.Loop.InvokeAsync(async () => await _backend.WriteAsync(offset, data));

    /// <summary>Fills an area with a byte.</summary>
    public Task FillAsync(long offset, long bytes, byte value) => _host.Loop.InvokeAsync(async () =>
    {
        byte[] data = new byte[Math.Min(bytes, LargestPiece)];
        Array.Fill(data, value);
        for (long done = 0; done < bytes; done += data.Length)
        {
            await _backend.WriteAsync(offset + done, data.AsMemory(0, (int)Math.Min(data.Length, bytes - done)));
        }
    });

    public Task ZeroAsync(long offset, long bytes) => _host.Loop.InvokeAsync(async () => await _backend.WriteZeroesAsync(offset, bytes));

    public Task DiscardAsync(long offset, long bytes) => _host.Loop.InvokeAsync(async () => await _backend.DiscardAsync(offset, bytes));

    public Task FlushAsync() => _host.Loop.InvokeAsync(async () => await _backend.FlushAsync());

    /// <summary>The contents, as a hash to compare.</summary>
    public Task<string> HashAsync() => _host.Loop.InvokeAsync(async () =>
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        byte[] data = new byte[LargestPiece];
        long length = _backend.Node.Length;
        for (long offset = 0; offset < length; offset += data.Length)
        {
            Memory<byte> piece = data.AsMemory(0, (int)Math.Min(data.Length, length - offset));
            await _backend.ReadAsync(offset, piece);
            hash.AppendData(piece.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    });

    /// <summary>Unplugs the guest.</summary>
    public Task UnplugAsync() => _isOwn ? _host.InvokeAsync(_backend.DeleteAsync) : Task.CompletedTask;
}
