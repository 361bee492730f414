using Microsoft.Win32.SafeHandles;
using QmpHost.Block.Drivers.PosixFile;
using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/fd.json.</summary>
/// <param name="host">The host.</param>
public sealed class FdCommandHandler(HostServices host) : IFdCommands
{
    private DescriptorSets Sets => host.Layer.Descriptors;

    /// <inheritdoc/>
    public ValueTask GetfdAsync(GetfdArguments arguments, CommandContext context)
    {
        SafeFileHandle descriptor = TakeReceived(context);
        if (arguments.Fdname.Length > 0 && char.IsAsciiDigit(arguments.Fdname[0]))
        {
            descriptor.Dispose();
            throw new QmpException("Parameter 'fdname' expects a name not starting with a digit");
        }

        context.Session!.Descriptors.Add(arguments.Fdname, descriptor);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ClosefdAsync(ClosefdArguments arguments, CommandContext context)
    {
        SafeFileHandle descriptor = context.Session?.Descriptors.Take(arguments.Fdname)
            ?? throw new QmpException($"File descriptor named '{arguments.Fdname}' not found");
        descriptor.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<AddfdInfo> AddFdAsync(AddFdArguments arguments, CommandContext context)
    {
        SafeFileHandle descriptor = TakeReceived(context);
        if (arguments.FdsetId < 0)
        {
            descriptor.Dispose();
            throw new QmpException("Parameter 'fdset-id' expects a non-negative value");
        }

        return ValueTask.FromResult(Sets.Add(descriptor, arguments.FdsetId, arguments.Opaque));
    }

    /// <inheritdoc/>
    public ValueTask RemoveFdAsync(RemoveFdArguments arguments, CommandContext context)
    {
        Sets.Remove(arguments.FdsetId, arguments.Fd);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FdsetInfo>> QueryFdsetsAsync(CommandContext context) => ValueTask.FromResult(Sets.Query());

    private static SafeFileHandle TakeReceived(CommandContext context)
        => context.Session?.TakeReceivedDescriptor() ?? throw new QmpException("No file descriptor supplied via SCM_RIGHTS");
}
