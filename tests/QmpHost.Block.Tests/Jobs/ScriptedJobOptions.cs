using QmpHost.Block.Jobs;

namespace QmpHost.Block.Tests.Jobs;

internal sealed class ScriptedJobOptions
{
    public bool AutoFinalize { get; set; } = true;

    public bool AutoDismiss { get; set; } = true;

    public JobTransaction? Transaction { get; set; }

    public string? FailToPrepare { get; set; }
}
