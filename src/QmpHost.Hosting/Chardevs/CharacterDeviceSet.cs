using System.Globalization;
using Microsoft.Win32.SafeHandles;
using QmpHost.Commands.Hosting;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Qom;
using QmpHost.Protocol.Chardev;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Chardevs;

/// <summary>The character devices of a host, by their ids; the tree of objects shows them.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
/// <param name="tree">The host's tree.</param>
/// <param name="environment">What the devices need of the process.</param>
internal sealed class CharacterDeviceSet(QomTree tree, CharacterDeviceEnvironment environment) : ICharacterDevices, ICharacterFrontEnds, IAsyncDisposable
{
    private QomObject Container => tree.Root.GetContainer(CharacterDeviceObject.Container);

    private IEnumerable<CharacterDeviceObject> All => tree.Root.Follow(CharacterDeviceObject.Container)?.Children.OfType<CharacterDeviceObject>() ?? [];

    /// <summary>Finds a device.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The device, or null.</returns>
    public CharacterDevice? Find(string id)
        => (tree.Root.Follow(CharacterDeviceObject.Container)?.Follow(id) as CharacterDeviceObject)?.Device;

    /// <summary>Makes and opens a device.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="options">Keys and values of option -chardev.</param>
    /// <returns>The device.</returns>
    /// <exception cref="QmpException">It cannot be made.</exception>
    public async Task<CharacterDevice> OpenAsync(string id, IReadOnlyDictionary<string, string> options)
    {
        CharacterDevice? device = null;
        try
        {
            device = CharacterDeviceFactory.Create(id, options, environment with
            {
                FindDevice = Find,
            });
            device.Log?.Open();
            await device.OpenAsync();
            Container.AddChild(id, new CharacterDeviceObject(device));
            return device;
        }
        catch (QmpException)
        {
            await (device?.DisposeAsync() ?? default);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ChardevReturn> AddAsync(string id, ChardevBackend backend, IQmpSession? session)
    {
        if (Find(id) is not null)
        {
            throw new QmpException($"Chardev with id '{id}' already exists");
        }

        try
        {
            Dictionary<string, string> options = ChardevBackendOptions.ToOptions(backend);
            UseNamedDescriptor(options, session);
            CharacterDevice device = await OpenNamedAsync(id, options, backend);
            return new ChardevReturn { Pty = (device as PseudoTerminalDevice)?.Path };
        }
        catch (QmpException e)
        {
            throw new QmpException($"Failed to add chardev '{id}': {e.Message}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ChardevReturn> ChangeAsync(string id, ChardevBackend backend, IQmpSession? session)
        => await ReplaceAsync(id, () => AddAsync(id, backend, session).AsTask());

    /// <summary>Puts another device in the place of one.</summary>
    /// <param name="id">The id of both.</param>
    /// <param name="make">Makes the other one, when the first is gone.</param>
    /// <exception cref="QmpException">There is no such device, or its user cannot change.</exception>
    public async Task<T> ReplaceAsync<T>(string id, Func<Task<T>> make)
    {
        CharacterDevice device = Find(id) ?? throw new QmpException($"Chardev '{id}' does not exist");
        if (device is MuxDevice or HubDevice)
        {
            throw new QmpException(environment.HasHub ? "For mux or hub device hotswap is not supported yet" : "Mux device hotswap not supported yet");
        }

        if (device.IsUsed)
        {
            throw new QmpException("Chardev user does not support chardev hotswap");
        }

        await DropAsync(id, device);
        return await make();
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(string id)
    {
        CharacterDevice device = Get(id);
        if (device.IsUsed)
        {
            throw new QmpException($"Chardev '{id}' is busy");
        }

        await DropAsync(id, device);
    }

    /// <inheritdoc/>
    public void SendBreak(string id) => Get(id);

    /// <inheritdoc/>
    public IReadOnlyList<ChardevInfo> Query() =>
    [
        .. All.Select(static shown => new ChardevInfo
        {
            Label = shown.Name!,
            Filename = shown.Device.Filename,
            FrontendOpen = shown.Device.IsFrontEndOpen,
        }),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<ChardevBackendInfo> QueryBackends()
        => [.. CharacterDeviceFactory.Backends(environment).Select(static name => new ChardevBackendInfo { Name = name })];

    /// <inheritdoc/>
    public void WriteRing(string id, ReadOnlySpan<byte> bytes) => GetRing(id).Write(bytes);

    /// <inheritdoc/>
    public byte[] ReadRing(string id, int most) => GetRing(id).Read(most);

    /// <inheritdoc/>
    public IDisposable? TryAttach(string id, bool isOpen)
    {
        if (Find(id) is not { } device)
        {
            return null;
        }

        var frontEnd = new GuestFrontEnd(device);
        device.Serve(frontEnd.ServeAsync);
        device.IsFrontEndOpen = isOpen;
        return frontEnd;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> ConnectionIds => [.. All.Where(static shown => shown.Device is SocketDevice).Select(static shown => shown.Name!).Reverse()];

    /// <inheritdoc/>
    public ValueTask CutAsync(string id) => Get(id).DropPeerAsync();

    /// <summary>Closes all devices.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (CharacterDeviceObject shown in All.ToArray())
        {
            await shown.Device.DisposeAsync();
        }
    }

    // A client names a descriptor that it has passed; the command line numbers one that the process has inherited.
    private void UseNamedDescriptor(Dictionary<string, string> options, IQmpSession? session)
    {
        if (options.TryGetValue("fd", out string? name))
        {
            if (environment.Program != QmpProgram.System)
            {
                throw new QmpException("only QEMU supports file descriptor passing");
            }

            using SafeFileHandle descriptor = session?.Descriptors.Take(name)
                ?? throw new QmpException($"File descriptor named '{name}' has not been found");
            options["fd"] = descriptor.DangerousGetHandle().ToString(CultureInfo.InvariantCulture);
            descriptor.SetHandleAsInvalid();
        }
    }

    // What the number of a descriptor is in this process, the client does not know.
    private async Task<CharacterDevice> OpenNamedAsync(string id, Dictionary<string, string> options, ChardevBackend backend)
    {
        try
        {
            return await OpenAsync(id, options);
        }
        catch (QmpException e) when (backend.Branch is ChardevSocketWrapper { Data.Addr.Branch: StringWrapper { Data.Str: var name } })
        {
            throw new QmpException(e.Message.Replace($"'{options["fd"]}'", $"'{name}'", StringComparison.Ordinal), e);
        }
    }

    private CharacterDevice Get(string id) => Find(id) ?? throw new QmpException($"Chardev '{id}' not found");

    private RingBuffer GetRing(string id) => Find(id) switch
    {
        RingBufferDevice ring => ring.Buffer,
        null => throw new QmpException($"Device '{id}' not found"),
        _ => throw new QmpException($"{id} is not a ringbuf device"),
    };

    private async ValueTask DropAsync(string id, CharacterDevice device)
    {
        Container.Follow(id)!.Unparent();
        await device.DisposeAsync();
    }
}
