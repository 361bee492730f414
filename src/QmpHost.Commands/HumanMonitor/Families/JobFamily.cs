using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.HumanMonitor.Families;

/// <summary>Jobs on block devices, and their lengths.</summary>
internal static class JobFamily
{
    private const string Device = "block device name";

    /// <summary>The commands.</summary>
    public static IEnumerable<HmpCommand> All =>
    [
        new DelegateCommand("block_resize", "device size", "resize a block image", ResizeAsync),
        new DelegateCommand("block_job_set_speed", "device speed", "set maximum speed for a background block operation", SetSpeedAsync),
        new DelegateCommand(
            "block_job_cancel",
            "[-f] device",
            "stop an active background block operation (use -f\n\t\t\t if you want to abort the operation immediately\n\t\t\t instead of keep running until data is in sync)",
            CancelAsync),
        new DelegateCommand(
            "block_job_complete", "device", "stop an active background block operation", static (c, a) => Handler(c).BlockJobCompleteAsync(new BlockJobCompleteArguments { Device = a.TakeOnlyString(Device) }, c.ForQmp)),
        new DelegateCommand("block_job_pause", "device", "pause an active background block operation", static (c, a) => Handler(c).BlockJobPauseAsync(new BlockJobPauseArguments { Device = a.TakeOnlyString(Device) }, c.ForQmp)),
        new DelegateCommand("block_job_resume", "device", "resume a paused background block operation", static (c, a) => Handler(c).BlockJobResumeAsync(new BlockJobResumeArguments { Device = a.TakeOnlyString(Device) }, c.ForQmp)),
    ];

    // The commands are those of the other monitor under another name.
    private static BlockCoreCommandHandler Handler(HmpContext context) => new(context.Host);

    private static ValueTask ResizeAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string device = arguments.TakeString(Device);
        long size = arguments.TakeSize();
        arguments.ExpectEnd();
        return BlockResize.RunAsync(context.Host.Layer.Graph, device, null, size);
    }

    private static ValueTask SetSpeedAsync(HmpContext context, HmpArgumentReader arguments)
    {
        string device = arguments.TakeString(Device);
        long speed = arguments.TakeSize();
        arguments.ExpectEnd();
        return Handler(context).BlockJobSetSpeedAsync(new BlockJobSetSpeedArguments { Device = device, Speed = speed }, context.ForQmp);
    }

    private static ValueTask CancelAsync(HmpContext context, HmpArgumentReader arguments)
    {
        bool force = arguments.TakeFlag('f');
        string device = arguments.TakeString(Device);
        arguments.ExpectEnd();
        return Handler(context).BlockJobCancelAsync(new BlockJobCancelArguments { Device = device, Force = force }, context.ForQmp);
    }
}
