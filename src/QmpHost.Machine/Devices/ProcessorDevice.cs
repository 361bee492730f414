using QmpHost.Machine.Boards;
using QmpHost.Machine.Qom;

namespace QmpHost.Machine.Devices;

/// <summary>A processor that was plugged in, in a place that was empty.</summary>
internal sealed class ProcessorDevice : DeviceObject, IProcessor
{
    internal ProcessorDevice(QomClass qomClass, DeviceContext context, int index)
        : base(qomClass, context) => Index = index;

    public int Index { get; }

    private protected override ValueTask RealizeAsync() => default;
}
