using System.Globalization;
using QmpHost.Commands.Hosting;
using QmpHost.Machine.Facts;
using QmpHost.Machine.Objects;
using QmpHost.Qapi;

namespace QmpHost.Hosting;

/// <summary>Connects a board with its memory: an object that the command line made for it, or one of its own.</summary>
internal static class BoardMemory
{
    /// <summary>Connects the memory.</summary>
    /// <param name="host">The host.</param>
    /// <param name="options">How it was started.</param>
    /// <exception cref="QmpException">The object is not there, or has another size than the machine.</exception>
    public static async ValueTask ConnectAsync(HostServices host, BlockHostOptions options)
    {
        if (options.Configuration.Nodes.Count > 0)
        {
            ConnectNodes(host, options.Configuration);
        }
        else if (options.Configuration.MemoryBackend is { } id)
        {
            Connect(host.Objects.Find<MemoryBackendObject>(id) ?? throw new QmpException($"Memory backend '{id}' not found"), options.Configuration);
        }
        else if (options.Configuration.MemorySize > 0 && MachineFacts.Of(options.Profile).Find(options.Machine)?.DefaultRamId is { } own)
        {
            var properties = new QDict();
            properties.Put("size", new QNum((long)options.Configuration.MemorySize));
            var made = (MemoryBackendObject)await host.Objects.AddAsync(MemoryBackendObject.Ram.Name, own, properties);
            made.IsInUse = true;
        }
    }

    private static void ConnectNodes(HostServices host, Machine.Boards.MachineConfiguration configuration)
    {
        ulong sum = 0;
        foreach (Machine.Boards.NumaNode node in configuration.Nodes)
        {
            sum += node.Size;
            if (node.Backend is { } id)
            {
                MemoryBackendObject memory = host.Objects.Find<MemoryBackendObject>(id) ?? throw new QmpException($"memdev={id} is ambiguous");
                QmpException.ThrowIf(memory.IsInUse, $"memory backend {id} is used multiple times. Each -numa option must use a different memdev value.");
                memory.IsInUse = true;
                sum += (ulong)memory.Size;
            }
        }

        QmpException.ThrowIf(
            sum != configuration.MemorySize,
            string.Create(CultureInfo.InvariantCulture, $"total memory for NUMA nodes (0x{sum:x}) should equal RAM size (0x{configuration.MemorySize:x})"));
    }

    private static void Connect(MemoryBackendObject memory, Machine.Boards.MachineConfiguration configuration)
    {
        if (configuration.HasGivenSize && (ulong)memory.Size != configuration.MemorySize)
        {
            throw new QmpException("Machine memory size does not match the size of the memory backend");
        }

        memory.IsInUse = true;
    }
}
