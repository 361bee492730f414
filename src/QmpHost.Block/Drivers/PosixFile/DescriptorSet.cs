using Microsoft.Win32.SafeHandles;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>Descriptors under one number: one for each way in which they may be opened.</summary>
internal sealed class DescriptorSet(long id)
{
    public long Id => id;

    /// <summary>The descriptors, oldest first.</summary>
    public List<Member> Members { get; } = [];

    /// <summary>What was opened by the set's name and is not closed yet.</summary>
    public HashSet<SafeFileHandle> Opened { get; } = [];

    /// <summary>A descriptor of the set.</summary>
    public sealed class Member(SafeFileHandle file, string? opaque)
    {
        public SafeFileHandle File => file;

        public string? Opaque => opaque;

        public long Number => file.DangerousGetHandle();

        /// <summary>Whether a client has taken it out; it stays until the guest runs.</summary>
        public bool IsRemoved { get; set; }
    }
}
