using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Core;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>
/// Descriptors that clients have passed, in numbered sets. Files named "/dev/fdset/NUMBER" are opened by duplicating the
/// member that allows as much as is asked for.
/// </summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class DescriptorSets
{
    private const string Prefix = "/dev/fdset/";
    private const int AccessMode = 3;

    private readonly SortedDictionary<long, DescriptorSet> _sets = [];

    /// <summary>Whether descriptors may go now: QEMU keeps them until the guest runs.</summary>
    public Func<bool> MayClean { get; set; } = static () => true;

    /// <summary>Whether a path is the name of a set.</summary>
    /// <param name="path">The path.</param>
    public static bool IsSet(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.StartsWith(Prefix, StringComparison.Ordinal);
    }

    /// <summary>add-fd: puts a descriptor into a set.</summary>
    /// <param name="file">The descriptor, which the set owns from now on.</param>
    /// <param name="id">The set, or null for one that has no members yet.</param>
    /// <param name="opaque">A text that listings show, or null.</param>
    /// <returns>Where it is.</returns>
    public AddfdInfo Add(SafeFileHandle file, long? id, string? opaque)
    {
        ArgumentNullException.ThrowIfNull(file);
        long number = id ?? FirstFree();
        if (!_sets.TryGetValue(number, out DescriptorSet? set))
        {
            set = new DescriptorSet(number);
            _sets.Add(number, set);
        }

        var member = new DescriptorSet.Member(file, opaque);
        set.Members.Add(member);
        return new AddfdInfo { FdsetId = number, Fd = member.Number };
    }

    /// <summary>Puts a descriptor that the process was started with into a set.</summary>
    /// <param name="descriptor">The descriptor, which the set owns from now on.</param>
    /// <param name="id">The set.</param>
    /// <param name="opaque">A text that listings show, or null.</param>
    /// <exception cref="QmpException">There is no such descriptor, or it is the process's own, or no set is given.</exception>
    public void AddInherited(long? descriptor, long? id, string? opaque)
    {
        const int lastStandardStream = 2;
        if (descriptor is not >= 0)
        {
            throw new QmpException("fd option is required and must be non-negative");
        }

        if (descriptor <= lastStandardStream)
        {
            throw new QmpException("fd cannot be a standard I/O stream");
        }

        if (!InheritedDescriptor.IsThere(descriptor.Value))
        {
            throw new QmpException("fd is not valid or already in use");
        }

        if (id is not >= 0)
        {
            throw new QmpException("set option is required and must be non-negative");
        }

        _ = Add(new SafeFileHandle((nint)descriptor.Value, ownsHandle: true), id, opaque);
    }

    /// <summary>remove-fd: takes a descriptor, or all, out of a set.</summary>
    /// <param name="id">The set.</param>
    /// <param name="descriptor">The descriptor's number, or null for all.</param>
    /// <exception cref="QmpException">There is no such set or member.</exception>
    public void Remove(long id, long? descriptor)
    {
        DescriptorSet? set = _sets.GetValueOrDefault(id);
        List<DescriptorSet.Member> found = [.. set?.Members.Where(member => descriptor is null || member.Number == descriptor) ?? []];
        if (set is null || (descriptor is not null && found.Count == 0))
        {
            string name = descriptor is { } number
                ? string.Create(CultureInfo.InvariantCulture, $"fdset-id:{id}, fd:{number}")
                : string.Create(CultureInfo.InvariantCulture, $"fdset-id:{id}");
            throw new QmpException($"File descriptor named '{name}' not found");
        }

        foreach (DescriptorSet.Member member in found)
        {
            member.IsRemoved = true;
        }

        Clean(set, isUnwatched: false);
    }

    /// <summary>query-fdsets: the sets, highest number first.</summary>
    public IReadOnlyList<FdsetInfo> Query() =>
    [
        .. _sets.Values.Reverse().Select(static set => new FdsetInfo
        {
            FdsetId = set.Id,
            Fds = [.. set.Members.Select(static member => new FdsetFdInfo { Fd = member.Number, Opaque = member.Opaque })],
        }),
    ];

    /// <summary>Lets go of what nobody has opened, since no client is left that could name it.</summary>
    public void LastClientLeft()
    {
        foreach (DescriptorSet set in _sets.Values.ToArray())
        {
            Clean(set, isUnwatched: true);
        }
    }

    /// <summary>Closes all members.</summary>
    public void Close()
    {
        foreach (DescriptorSet.Member member in _sets.Values.SelectMany(static set => set.Members))
        {
            member.File.Dispose();
        }

        _sets.Clear();
    }

    /// <summary>Opens a set for something other than a node, which does not give it back.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="access">What is done with the file.</param>
    /// <returns>The file, or null where the path is not the name of a set.</returns>
    /// <exception cref="QmpException">The set has no such member.</exception>
    public SafeFileHandle? Open(string path, FileAccess access)
    {
        if (!IsSet(path))
        {
            return null;
        }

        int flags = access switch
        {
            FileAccess.Read => NativeFile.OpenReadOnly,
            FileAccess.Write => NativeFile.OpenWriteOnly,
            _ => NativeFile.OpenReadWrite,
        };
        return TryOpen(path, flags, out Errno error) ?? throw new QmpException($"Could not open '{path}': {error.Describe()}");
    }

    /// <summary>Opens a set.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="flags">As for open(2).</param>
    /// <param name="error">The error number where it cannot be opened.</param>
    /// <returns>The file, or null.</returns>
    /// <exception cref="QmpException">The name is not that of a set.</exception>
    internal SafeFileHandle? TryOpen(string path, int flags, out Errno error)
    {
        if (!long.TryParse(path.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long id))
        {
            throw new QmpException($"Could not parse fdset {path}");
        }

        error = Errno.ENOENT;
        if (!_sets.TryGetValue(id, out DescriptorSet? set))
        {
            return null;
        }

        DescriptorSet.Member? member = set.Members.Find(member => (NativeFile.GetFlags(member.File) & AccessMode) == (flags & AccessMode));
        if (member is null)
        {
            error = Errno.EACCES;
            return null;
        }

        SafeFileHandle? file = NativeFile.Duplicate(member.File, flags);
        error = (Errno)Marshal.GetLastPInvokeError();
        if (file is not null)
        {
            set.Opened.Add(file);
        }

        return file;
    }

    /// <summary>Notes that a file is closed, if it was opened by a set's name.</summary>
    internal void Closed(SafeFileHandle file)
    {
        foreach (DescriptorSet set in _sets.Values)
        {
            if (set.Opened.Remove(file))
            {
                Clean(set, isUnwatched: false);
                return;
            }
        }
    }

    private long FirstFree()
    {
        long free = 0;
        while (_sets.ContainsKey(free))
        {
            free++;
        }

        return free;
    }

    private void Clean(DescriptorSet set, bool isUnwatched)
    {
        bool mayGo = MayClean();
        foreach (DescriptorSet.Member member in set.Members.ToArray())
        {
            if (mayGo && (member.IsRemoved || (isUnwatched && set.Opened.Count == 0)))
            {
                set.Members.Remove(member);
                member.File.Dispose();
            }
        }

        if (set.Members.Count == 0 && set.Opened.Count == 0)
        {
            _sets.Remove(set.Id);
        }
    }
}
