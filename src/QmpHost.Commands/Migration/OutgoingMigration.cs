using System.Diagnostics;
using System.Net.Sockets;
using QmpHost.Block.Bitmaps;
using QmpHost.Block.Graph;
using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Migration;

/// <summary>The way of a machine to another process, from the command that starts it to its end.</summary>
/// <remarks>
/// Used on the host's event loop. The state is written in one go once the guest has stopped: there is no memory to send before.
/// The passes that clients see are those that QEMU makes over a memory that nobody writes to.
/// </remarks>
/// <param name="host">The host.</param>
/// <param name="address">Where to.</param>
internal sealed class OutgoingMigration(HostServices host, MigrationAddress address)
{
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private readonly RunState _stateBefore = host.RunState.State;
    private readonly List<DirtyBitmap> _travelling = [];
    private Action _giveUp = static () => { };
    private CancellationToken _token;
    private TaskCompletionSource _continued = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _downSince;
    private bool _wasRunning;
    private bool _hasStopped;
    private bool _isInactive;

    /// <summary>The state.</summary>
    public MigrationStatus Status { get; private set; }

    /// <summary>What went wrong, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>How often the memory was looked through.</summary>
    public long Passes { get; private set; }

    /// <summary>How many bytes have been sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Milliseconds until the state began to be sent.</summary>
    public long SetupTime { get; private set; }

    /// <summary>Milliseconds since the start, until the end.</summary>
    public long TotalTime => _time.ElapsedMilliseconds;

    /// <summary>Milliseconds in which the guest ran nowhere.</summary>
    public long DownTime { get; private set; }

    /// <summary>Whether it is under way.</summary>
    public bool IsUnderWay => Status is MigrationStatus.Setup or MigrationStatus.Active or MigrationStatus.PreSwitchover or MigrationStatus.Device or MigrationStatus.Cancelling;

    private bool IsCancelled => Status == MigrationStatus.Cancelling;

    /// <summary>Begins.</summary>
    /// <param name="session">The monitor that asked, or null.</param>
    /// <exception cref="QmpException">The address is of no use.</exception>
    /// <returns>A task that ends with the migration.</returns>
    public Task Start(IQmpSession? session)
    {
        Enter(MigrationStatus.Setup);
        try
        {
            return RunAsync(MigrationChannels.Prepare(address, session));
        }
        catch (QmpException e)
        {
            Error = e.Message;
            EnterFailed();
            throw;
        }
    }

    /// <summary>Fails before it has begun.</summary>
    /// <param name="error">What query-migrate tells, or null.</param>
    public void Refuse(string? error)
    {
        Enter(MigrationStatus.Setup);
        Error = error;
        EnterFailed();
    }

    /// <summary>Gives up; nothing happens at the end of one.</summary>
    public void Cancel()
    {
        if (IsUnderWay && !IsCancelled)
        {
            Enter(MigrationStatus.Cancelling);
            _giveUp();
            _continued.TrySetResult();
        }
    }

    /// <summary>Goes on where it waits before it hands over.</summary>
    public void Continue() => _continued.TrySetResult();

    private async Task RunAsync(Func<CancellationToken, Task<Stream>> open)
    {
        using var cancellation = new CancellationTokenSource();
        _token = cancellation.Token;
        _giveUp = cancellation.Cancel;

        // The command is answered first.
        await Task.Yield();
        try
        {
            await using Stream stream = await open(_token);
            SetupTime = _time.ElapsedMilliseconds;
            await SendAsync(stream);
            await stream.FlushAsync();
        }
        catch (OperationCanceledException)
        {
            // Told at the end.
        }
        catch (Exception e) when (MigrationChannels.IsFailure(e))
        {
            Error ??= MigrationChannels.Describe(address.Kind, "write to", e);
        }

        _giveUp = static () => { };
        await host.Layer.Turns.InvokeAsync(EndAsync);
    }

    private async Task SendAsync(Stream stream)
    {
        Pass();
        Enter(MigrationStatus.Active);
        if (host.MigrationSettings.Has(MigrationCapability.ReturnPath) && stream is not NetworkStream)
        {
            throw new QmpException("Unable to open return-path for postcopy");
        }

        bool hasBitmaps = false;
        await host.Layer.Turns.InvokeAsync(() =>
        {
            hasBitmaps = CollectBitmaps();
            return ValueTask.CompletedTask;
        });
        if (hasBitmaps)
        {
            Pass();
        }

        await host.Layer.Turns.InvokeAsync(StopGuestAsync);
        if (host.MigrationSettings.Has(MigrationCapability.PauseBeforeSwitchover))
        {
            await PauseAsync();
        }

        byte[] state = [];
        await host.Layer.Turns.InvokeAsync(async () => state = await HandOverAsync());
        await stream.WriteAsync(state, _token);
        Sent = state.Length;
        if (host.MigrationSettings.Has(MigrationCapability.ReturnPath))
        {
            await AwaitAnswerAsync(stream);
        }
    }

    private bool CollectBitmaps()
    {
        if (!host.MigrationSettings.Has(MigrationCapability.DirtyBitmaps))
        {
            return false;
        }

        try
        {
            return Passage().Collect().Count > 0;
        }
        catch (QmpException e)
        {
            // As in QEMU, only whoever runs the program learns which it is.
            MigrationChannels.Tell(host, e.Message);
            Error = string.Empty;
            throw;
        }
    }

    private async ValueTask StopGuestAsync()
    {
        ThrowIfCancelled();
        _wasRunning = host.RunState.IsRunning;
        _downSince = _time.ElapsedMilliseconds;
        _hasStopped = true;
        await GuestStop.StopAsync(host, RunState.FinishMigrate);
    }

    private async Task PauseAsync()
    {
        ThrowIfCancelled();
        _continued = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Enter(MigrationStatus.PreSwitchover);
        await _continued.Task;
        ThrowIfCancelled();
        Enter(MigrationStatus.Device);
    }

    private async ValueTask<byte[]> HandOverAsync()
    {
        ThrowIfCancelled();
        Pass();
        List<TravellingBitmap> bitmaps = [];
        if (host.MigrationSettings.Has(MigrationCapability.DirtyBitmaps))
        {
            foreach ((DirtyBitmap bitmap, string node, string alias) in Passage().Collect())
            {
                bitmaps.Add(BitmapPassage.Pack(bitmap, node, alias));
                bitmap.SkipStore = true;
                _travelling.Add(bitmap);
            }
        }

        _isInactive = true;
        try
        {
            await NodeActivation.SetAsync(host.Layer.Graph, null, active: false);
        }
        catch (QmpException)
        {
            MigrationChannels.Tell(host, "qemu_savevm_state_complete_precopy_non_iterable: bdrv_inactivate_all() failed (-1)");
            Error = string.Empty;
            throw;
        }

        return StateFormat.Write(new MachineState
        {
            Machine = host.Migration.MachineName,
            MemorySize = host.Machine.MemorySize,
            Uuid = host.MigrationSettings.Has(MigrationCapability.ValidateUuid) ? host.Identity.Uuid : null,
            RunState = _wasRunning ? RunState.Running : _stateBefore,
            WantsAnswer = host.MigrationSettings.Has(MigrationCapability.ReturnPath),
            Bitmaps = bitmaps,
        });
    }

    private async Task AwaitAnswerAsync(Stream stream)
    {
        byte[] answer = new byte[1];
        if (await stream.ReadAsync(answer, _token) != 1 || answer[0] != IncomingMigration.Arrived)
        {
            throw new QmpException("Unable to read from socket: Connection reset by peer");
        }
    }

    private async ValueTask EndAsync()
    {
        if (Status != MigrationStatus.Cancelling && Error is null)
        {
            DownTime = _time.ElapsedMilliseconds - _downSince;
            _time.Stop();
            Enter(MigrationStatus.Completed);
            host.RunState.Enter(RunState.Postmigrate);
            return;
        }

        _time.Stop();
        bool isCancelled = IsCancelled;
        if (!isCancelled)
        {
            EnterFailed();
        }

        await ResumeAsync();
        if (isCancelled)
        {
            Error = null;
            Enter(MigrationStatus.Cancelled);
        }
        else if (Error is { Length: > 0 } error)
        {
            MigrationChannels.Tell(host, error);
        }
        else
        {
            Error = null;
        }
    }

    // The images are taken back, and the guest goes on if it ran.
    private async ValueTask ResumeAsync()
    {
        foreach (DirtyBitmap bitmap in _travelling)
        {
            bitmap.SkipStore = false;
        }

        if (_isInactive)
        {
            try
            {
                await NodeActivation.SetAsync(host.Layer.Graph, null, active: true);
            }
            catch (QmpException e)
            {
                MigrationChannels.Tell(host, e.Message);
                host.RunState.Enter(RunState.Postmigrate);
                return;
            }
        }

        if (_wasRunning)
        {
            host.RunState.Resume();
        }
        else if (_hasStopped)
        {
            host.RunState.Enter(RunState.Postmigrate);
        }
    }

    private BitmapPassage Passage() => new(host.Layer.Graph, host.MigrationSettings.Parameters.BlockBitmapMapping);

    private void ThrowIfCancelled() => _token.ThrowIfCancellationRequested();

    private void Pass()
    {
        Passes++;
        host.Migration.TellPass(Passes);
    }

    private void EnterFailed()
    {
        if (MigrationStatus.Failing.ExistsIn(host.Layer.Profile))
        {
            Enter(MigrationStatus.Failing);
        }

        Enter(MigrationStatus.Failed);
    }

    private void Enter(MigrationStatus status)
    {
        Status = status;
        host.Migration.TellStatus(status);
    }
}
