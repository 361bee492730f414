using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Graph;

/// <summary>A block layer with a fake clock and a folder of its own; work runs on its loop.</summary>
internal sealed class TestLayer : IQapiEventSink, IDisposable
{
    private readonly List<Exception> _unhandled = [];

    public TestLayer(VersionProfile? profile = null)
    {
        Loop.UnhandledException += _unhandled.Add;
        Layer = new BlockLayer(Loop, Clock, this, profile ?? VersionProfile.Default);
        Folder = Directory.CreateTempSubdirectory("qmphost-").FullName;
    }

    public EventLoop Loop { get; } = new();

    public FakeTimeProvider Clock { get; } = new();

    public List<QapiEvent> Events { get; } = [];

    public BlockLayer Layer { get; }

    public BlockGraph Graph => Layer.Graph;

    public string Folder { get; }

    public void Emit(QapiEvent qapiEvent) => Events.Add(qapiEvent);

    /// <summary>Runs work on the loop to its end.</summary>
    public Task Run(Func<Task> work) => Loop.InvokeAsync(work).WaitAsync(TimeSpan.FromMinutes(2));

    public string NewFile(string name, long length)
    {
        string path = Path.Combine(Folder, name);
        using FileStream file = System.IO.File.Create(path);
        file.SetLength(length);
        return path;
    }

    public static BlockdevOptions Null(string? name, long size = 1 << 20, bool readZeroes = true, bool readOnly = false) => new BlockdevOptions.NullCo
    {
        NodeName = name,
        ReadOnly = readOnly,
        Size = size,
        ReadZeroes = readZeroes,
    };

    public static BlockdevOptions Raw(string? name, BlockdevRef file, long? offset = null, long? size = null, bool readOnly = false) => new BlockdevOptions.Raw
    {
        NodeName = name,
        ReadOnly = readOnly,
        File = file,
        Offset = offset,
        Size = size,
    };

    public static BlockdevOptions File(string? name, string path, bool readOnly = false) => new BlockdevOptions.File
    {
        NodeName = name,
        ReadOnly = readOnly,
        Discard = BlockdevDiscardOptions.Unmap,
        Filename = path,
    };

    public BlockBackend Backend(BlockNode node, BlockPermissions used, BlockPermissions shared = BlockPermissions.All, string description = "")
    {
        var backend = new BlockBackend(Graph, description, used, shared);
        backend.Insert(node);
        return backend;
    }

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        Assert.That(_unhandled, Is.Empty);
    }
}
