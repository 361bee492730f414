using System.Text;

namespace QmpHost.Hosting.Tests.Tls;

/// <summary>Takes what a host reports, and lets tests wait for it.</summary>
internal sealed class ReportWriter : TextWriter
{
    private readonly List<string> _lines = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public override Encoding Encoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override void WriteLine(string? value)
    {
        TaskCompletionSource changed;
        lock (_lines)
        {
            _lines.Add(value ?? "");
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    /// <summary>Waits until a line was reported.</summary>
    public async Task WaitAsync(string line)
    {
        while (true)
        {
            Task changed;
            lock (_lines)
            {
                if (_lines.Contains(line))
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(TimeSpan.FromMinutes(2));
        }
    }
}
