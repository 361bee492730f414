using QmpHost.Block.Graph;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Copy;

/// <summary>Takes the place of "null-aio" in tests. Requests wait at each step until the scheduler lets one of them go on.</summary>
internal sealed class MemoryDriverDescriptor
{
    private readonly List<TaskCompletionSource> _waiting = [];

    public Dictionary<string, MemoryDisk> Disks { get; } = [];

    /// <summary>Whether requests wait for the scheduler; otherwise they end at once.</summary>
    public bool IsStepped { get; set; }

    /// <summary>How many requests wait.</summary>
    public int Waiting => _waiting.Count;

    public BlockDriverDescriptor Table => new()
    {
        Name = "null-aio",
        SchemaValue = BlockdevDriver.NullAio,
        Make = table => new MemoryDriver(table, this),
        IsProtocol = true,
    };

    public ValueTask StepAsync()
    {
        if (!IsStepped)
        {
            return ValueTask.CompletedTask;
        }

        var step = new TaskCompletionSource();
        _waiting.Add(step);
        return new ValueTask(step.Task);
    }

    /// <summary>Lets one request go on, up to its next step.</summary>
    public void Release(int index)
    {
        TaskCompletionSource step = _waiting[index];
        _waiting.RemoveAt(index);
        step.SetResult();
    }
}
