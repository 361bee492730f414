using QmpHost.Block.Core;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;

namespace QmpHost.Machine.Objects;

/// <summary>Memory of the guest. There is none that would use it: nothing is reserved for it, but a file that it is to be is made.</summary>
public sealed class MemoryBackendObject : StoredObject
{
    private const string DefaultPolicy = "default";
    private const ulong MostNodes = 128;
    private static readonly string[] Policies = [DefaultPolicy, "preferred", "bind", "interleave"];

    private static readonly QomClass Base = new("memory-backend", QomClass.Object,
    [
        StoredProperty.Bool("share", false, "Mark the memory as private to QEMU or shared"),
        StoredProperty.Size("size", 0, "Size of the memory region (ex: 500M)"),
        StoredProperty.Bool("dump", true, "Set to 'off' to exclude from core dump"),
        StoredProperty.Number("prealloc-threads", 1, "Number of CPU threads to use for prealloc"),
        StoredProperty.Bool("x-use-canonical-path-for-ramblock-id", false),
        StoredProperty.Words("policy", "HostMemPolicy", DefaultPolicy, Policies, "Set the NUMA policy"),
        QomProperties.Link("prealloc-context", "thread-context", static _ => null, static (_, reader) => SetContext(reader.ReadString())),
        StoredProperty.Bool("prealloc", false, "Preallocate memory"),
        StoredProperty.Bool("reserve", true, "Reserve swap space (or huge pages) if applicable"),
        StoredProperty.Make("host-nodes", "int", new QList(), static r => ReadNodes(r), "Binds memory to the list of NUMA host nodes"),
        StoredProperty.Bool("merge", true, "Mark memory as mergeable"),
    ], isAbstract: true);

    private MemoryBackendObject(QomClass qomClass, QomTree tree)
        : base(qomClass, tree)
    {
    }

    /// <summary>The class of memory that is nothing else.</summary>
    public static QomClass Ram { get; } = new("memory-backend-ram", Base);

    /// <summary>The class of memory that is an anonymous file.</summary>
    public static QomClass AnonymousFile { get; } = new("memory-backend-memfd", Base,
    [
        StoredProperty.Bool("hugetlb", false, "Use huge pages"),
        StoredProperty.Bool("seal", true, "Seal growing & shrinking"),
        StoredProperty.Size("hugetlbsize", 0, "Huge pages size (ex: 2M, 1G)"),
    ]);

    /// <summary>The class of memory that is shared under a name that nobody else learns.</summary>
    public static QomClass Shared { get; } = new("memory-backend-shm", Base);

    /// <summary>The class of memory that is a file.</summary>
    public static QomClass NamedFile { get; } = new("memory-backend-file", Base,
    [
        StoredProperty.Bool("readonly", false),
        StoredProperty.Size("align", 0),
        StoredProperty.Bool("pmem", false),
        StoredProperty.Text("mem-path", ""),
        StoredProperty.Bool("discard-data", false),
    ]);

    /// <summary>The size in bytes.</summary>
    public long Size => Number("size");

    /// <summary>Whether the machine uses the memory, so that it cannot be deleted.</summary>
    public bool IsInUse { get; set; }

    /// <inheritdoc/>
    public override bool CanBeDeleted => !IsInUse;

    /// <inheritdoc/>
    public override string? ReasonToStay => $"Cannot delete host memory backend '{Name}' which is mapped";

    /// <summary>Makes an object.</summary>
    /// <param name="qomClass">One of the classes.</param>
    /// <param name="tree">The tree that it will be in.</param>
    public static MemoryBackendObject Make(QomClass qomClass, QomTree tree)
    {
        var made = new MemoryBackendObject(qomClass, tree);
        if (qomClass == AnonymousFile || qomClass == Shared)
        {
            made.Values["share"] = QBool.From(true);
        }

        return made;
    }

    /// <inheritdoc/>
    protected internal override void Complete()
    {
        if (Number("prealloc-threads") == 0)
        {
            throw new QmpException($"property 'prealloc-threads' of {Class.Name} doesn't take value '0'");
        }

        if (Size <= 0)
        {
            throw new QmpException($"property 'size' of {Class.Name} doesn't take value '{Size}'");
        }

        QmpException.ThrowIf(Class == Shared && !Flag("share"), "can't create shm backend with `share=off`");
        var file = new MemoryFile(Name ?? string.Empty, Size, Tree.Profile);
        if (Class == NamedFile)
        {
            file.Make(Text("mem-path"), Flag("readonly"), Number("align"));
        }
        else if (Class != Ram)
        {
            file.RequireRoom(Size);
        }

        CheckNodes();
        AddChild($"{Name}[0]", new MemoryRegionObject(Size));
        base.Complete();
    }

    /// <inheritdoc/>
    internal override void CheckChangeable(string property)
    {
        if (IsComplete && property is not ("merge" or "dump" or "prealloc"))
        {
            throw new QmpException($"cannot change property '{property}' of {Class.Name}.");
        }
    }

    // An empty text is a link to nothing.
    private static ValueTask SetContext(string name)
        => name.Length == 0 ? default : throw new QmpException(QmpErrorClass.DeviceNotFound, $"Device '{name}' not found");

    private static QList ReadNodes(QomValueReader reader)
    {
        QList nodes = reader.ReadList();
        foreach (QNum node in nodes.OfType<QNum>())
        {
            QmpException.ThrowIf(!node.TryGetUInt64(out ulong number) || number >= MostNodes, $"Invalid host-nodes value: {node}");
        }

        return nodes;
    }

    // The memory is there by now, so that a wrong policy leaves its file behind.
    private void CheckNodes()
    {
        string policy = Text("policy");
        bool hasNodes = ((QList)Value("host-nodes")).Count > 0;
        if (policy == DefaultPolicy && hasNodes)
        {
            throw new QmpException("host-nodes must be empty for policy default, or you should explicitly specify a policy other than default");
        }

        if (policy != DefaultPolicy && !hasNodes)
        {
            throw new QmpException($"host-nodes must be set for policy {policy}");
        }
    }
}
