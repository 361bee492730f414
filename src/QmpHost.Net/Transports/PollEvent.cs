using System.Runtime.InteropServices;

namespace QmpHost.Net.Transports;

/// <summary>An event of the system's poll facility. Only x86 packs it.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct PollEvent
{
    /// <summary>What happened.</summary>
    public uint Events;

    /// <summary>Which socket it happened to.</summary>
    public long Key;
}
