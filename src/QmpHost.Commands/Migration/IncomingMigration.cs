using System.Globalization;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Graph;
using QmpHost.Commands.Hosting;
using QmpHost.Net;
using QmpHost.Net.Transports;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Migration;

/// <summary>The arrival of a machine from another process.</summary>
/// <remarks>Used on the host's event loop.</remarks>
/// <param name="host">The host.</param>
/// <param name="endsOnFailure">Whether the host ends where the arrival fails.</param>
internal sealed class IncomingMigration(HostServices host, bool endsOnFailure)
{
    /// <summary>What tells the sender that the machine has arrived.</summary>
    internal const byte Arrived = 1;

    private Action _giveUp = static () => { };
    private CancellationToken _token;

    /// <summary>The state.</summary>
    public MigrationStatus Status { get; private set; }

    /// <summary>Where it is waited for, or null.</summary>
    public SocketAddress? Address { get; private set; }

    /// <summary>Begins to wait.</summary>
    /// <param name="address">Where it comes from.</param>
    /// <param name="session">The monitor that asked, or null.</param>
    /// <exception cref="QmpException">It cannot come from there.</exception>
    public void Start(MigrationAddress address, IQmpSession? session)
    {
        Func<Task<Stream>> open = Prepare(address, session);
        Status = MigrationStatus.Setup;
        _ = RunAsync(address, open);
    }

    /// <summary>Gives up.</summary>
    public void Close() => _giveUp();

    private Func<Task<Stream>> Prepare(MigrationAddress address, IQmpSession? session)
    {
        switch (address.Transport)
        {
            case MigrationTransport.Command:
                Stream pipe = CommandPipe.Open(address.Text, forWriting: false);
                return () => Task.FromResult(pipe);
            case MigrationTransport.Descriptor:
                Stream file = MigrationChannels.Open(FindDescriptor(address.Text, session), FileAccess.Read);
                return () => Task.FromResult(file);
            case MigrationTransport.File:
                Stream state = MigrationChannels.OpenFile(address, FileMode.Open, FileAccess.Read);
                return () => Task.FromResult(state);
            default:
                SocketListener listener = SocketListener.Open(address.Socket!, 1);
                Address = address.Socket;
                return () => AcceptAsync(listener);
        }
    }

    private async Task<Stream> AcceptAsync(SocketListener listener)
    {
        try
        {
            return new NetworkStream(await listener.AcceptAsync(_token), ownsSocket: true);
        }
        finally
        {
            listener.Close();
        }
    }

    private static SafeFileHandle FindDescriptor(string text, IQmpSession? session)
    {
        if (session is not null && (text.Length == 0 || !char.IsAsciiDigit(text[0])))
        {
            return session.Descriptors.Take(text) ?? throw new QmpException($"File descriptor named '{text}' has not been found");
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new SafeFileHandle(number, ownsHandle: true)
            : throw new QmpException($"Invalid file descriptor number '{text}'");
    }

    private async Task RunAsync(MigrationAddress address, Func<Task<Stream>> open)
    {
        using var cancellation = new CancellationTokenSource();
        _token = cancellation.Token;
        _giveUp = cancellation.Cancel;
        await Task.Yield();
        bool isActive = false;
        try
        {
            await using Stream stream = await open();
            var first = new byte[1];
            if (await stream.ReadAsync(first, _token) == 0 && address.Transport == MigrationTransport.Command)
            {
                // A command that says nothing is waited for, as nothing has come that could be wrong.
                await Task.Delay(Timeout.InfiniteTimeSpan, _token);
            }

            using var whole = new PrefixedStream(first, stream);
            MachineState state = await StateFormat.ReadAsync(
                whole,
                machine =>
                {
                    isActive = true;
                    Enter(MigrationStatus.Active);
                    host.Migration.CheckMachine(machine);
                },
                _token);
            await host.Layer.Turns.InvokeAsync(() => ArriveAsync(state));
            if (state.WantsAnswer)
            {
                await stream.WriteAsync(new[] { Arrived });
            }
        }
        catch (OperationCanceledException)
        {
            // The host ends.
        }
        catch (MigrationLoadException e)
        {
            e.Tell(text => MigrationChannels.Tell(host, text));
            Fail(isActive, "Invalid argument");
        }
        catch (Exception e) when (MigrationChannels.IsFailure(e))
        {
            Fail(isActive, "Input/output error");
        }

        _giveUp = static () => { };
    }

    private async ValueTask ArriveAsync(MachineState state)
    {
        host.Migration.CheckState(state);
        host.Layer.Graph.AwaitsMachine = false;
        new BitmapPassage(host.Layer.Graph, host.MigrationSettings.Parameters.BlockBitmapMapping).Unpack(state.Bitmaps, text => MigrationChannels.Tell(host, text));
        bool runs = state.RunState == RunState.Running;
        if (!host.MigrationSettings.Has(MigrationCapability.LateBlockActivate) || (host.RunState.RunsOnArrival && runs))
        {
            await ActivateAsync();
        }

        if (!runs)
        {
            host.RunState.Enter(state.RunState);
        }
        else if (host.RunState.RunsOnArrival)
        {
            host.RunState.Resume();
        }
        else
        {
            host.RunState.Enter(RunState.Paused);
        }

        Enter(MigrationStatus.Completed);
    }

    private async ValueTask ActivateAsync()
    {
        try
        {
            await NodeActivation.SetAsync(host.Layer.Graph, null, active: true);
        }
        catch (QmpException e)
        {
            // The machine has arrived, but stays where it is until somebody has seen to it.
            MigrationChannels.Tell(host, e.Message);
            host.RunState.RunsOnArrival = false;
        }
    }

    private void Fail(bool isActive, string reason)
    {
        MigrationChannels.Tell(host, $"load of migration failed: {reason}");
        if (isActive)
        {
            Enter(MigrationStatus.Failed);
        }

        if (endsOnFailure)
        {
            host.Shutdown.Fail();
        }
    }

    private void Enter(MigrationStatus status)
    {
        Status = status;
        host.Migration.TellStatus(status);
    }

    /// <summary>A stream whose first byte has been read already.</summary>
    private sealed class PrefixedStream(byte[] first, Stream rest) : ConnectionStream
    {
        private bool _isFirst = true;

        public override bool CanWrite => false;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!_isFirst || buffer.IsEmpty)
            {
                return await rest.ReadAsync(buffer, cancellationToken);
            }

            _isFirst = false;
            first.CopyTo(buffer);
            return first.Length;
        }
    }
}
