using System.Text;
using QmpHost.Block;
using QmpHost.Block.Graph;
using QmpHost.Block.Loop;
using QmpHost.Commands.QemuIo;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands.Tests;

/// <summary>A raw image of 4 MiB in a block layer of its own, for qemu-io's commands.</summary>
internal sealed class DiskUnderTest : IQapiEventSink, IAsyncDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly EventLoop _loop = new();
    private readonly QemuIoInterpreter _interpreter = new();
    private readonly BlockLayer _layer;

    private DiskUnderTest(TimeProvider clock)
    {
        using (FileStream file = File.OpenWrite(_path))
        {
            file.SetLength(4 << 20);
        }

        _layer = new BlockLayer(_loop, clock, this, VersionProfile.Default);
    }

    public BlockBackend Backend { get; private set; } = null!;

    public static async Task<DiskUnderTest> CreateAsync(TimeProvider? clock = null)
    {
        var disk = new DiskUnderTest(clock ?? TimeProvider.System);
        await disk._loop.InvokeAsync(disk.OpenAsync);
        return disk;
    }

    /// <summary>Runs a command, as qemu-io does with option -c.</summary>
    /// <returns>What it says on any of its outputs.</returns>
    public Task<string> ExecuteAsync(string command) => _loop.InvokeAsync(async () =>
    {
        var text = new StringWriter { NewLine = "\n" };
        var monitor = new StringBuilder();
        await _interpreter.ExecuteAsync(Backend, _layer.Clock, command, new QemuIoOutput(text, text, monitor));
        await _interpreter.WaitForPendingAsync(Backend);
        return text.ToString() + monitor;
    });

    public void Emit(QapiEvent qapiEvent)
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _loop.InvokeAsync(async () =>
        {
            await Backend.DeleteAsync();
            await _layer.Graph.CloseAllAsync();
        });
        File.Delete(_path);
    }

    private async Task OpenAsync()
    {
        var options = new QDict();
        options.Add("driver", new QString("raw"));
        options.Add("node-name", new QString("disk"));
        options.Add("file", JsonParser.Parse($"{{\"driver\": \"file\", \"filename\": \"{_path}\"}}"));
        BlockNode node = await _layer.Graph.AddMonitorNodeAsync(BlockdevOptions.Visit(new QapiInputVisitor(VersionProfile.Default), null, options));
        Backend = new BlockBackend(_layer.Graph, "an unnamed block device", BlockPermissions.None, BlockPermissions.All);
        Backend.Insert(node);
    }
}
