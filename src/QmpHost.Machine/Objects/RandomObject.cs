using QmpHost.Block.Core;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;

namespace QmpHost.Machine.Objects;

/// <summary>A source of random numbers: the host's own, or a file.</summary>
public sealed class RandomObject : StoredObject
{
    internal static readonly QomClass Base = new("rng-backend", QomClass.Object,
    [
        new()
        {
            Name = "opened",
            Type = "bool",
            Get = static o => QBool.From(((StoredObject)o).IsComplete),
        },
    ], isAbstract: true);

    /// <summary>Makes an object.</summary>
    /// <param name="qomClass">One of the classes.</param>
    /// <param name="tree">The tree that it will be in.</param>
    public RandomObject(QomClass qomClass, QomTree tree)
        : base(qomClass, tree)
    {
    }

    /// <summary>The class of the host's own source.</summary>
    public static QomClass BuiltIn { get; } = new("rng-builtin", Base);

    /// <summary>The class of files.</summary>
    public static QomClass NamedFile { get; } = new("rng-random", Base, [StoredProperty.Text("filename", "/dev/urandom")]);

    /// <inheritdoc/>
    protected internal override void Complete()
    {
        if (Class == NamedFile)
        {
            string path = Text("filename");
            using FileStream? file = SystemFile.Open(path, FileMode.Open, FileAccess.Read, out int error);
            if (error != 0 && !Directory.Exists(path))
            {
                throw new QmpException($"Could not open '{path}': {SystemFile.Describe(error)}");
            }
        }

        base.Complete();
    }
}
