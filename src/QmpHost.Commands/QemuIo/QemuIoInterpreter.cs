using System.Runtime.CompilerServices;
using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Commands.QemuIo;

/// <summary>Runs one qemu-io command line on a disk, with the results where QEMU prints them.</summary>
/// <remarks>Used on the host's event loop only.</remarks>
public sealed class QemuIoInterpreter
{
    private static readonly QemuIoCommandSet Commands = new();

    private readonly ConditionalWeakTable<BlockBackend, PendingRequests> _pending = [];

    /// <summary>Runs a command line.</summary>
    /// <param name="backend">The disk; permissions that the command needs and the backend lacks are added.</param>
    /// <param name="clock">The clock that requests are timed with.</param>
    /// <param name="line">The command line: words parted by spaces.</param>
    /// <param name="output">The outputs.</param>
    /// <returns>A task that ends with the command; asynchronous requests may go on.</returns>
    public async ValueTask ExecuteAsync(BlockBackend backend, TimeProvider clock, string line, QemuIoOutput output)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            return;
        }

        if (Commands.Find(words[0]) is not { } command)
        {
            output.Error.WriteLine($"command \"{words[0]}\" not found");
            return;
        }

        string[] arguments = words[1..];
        if (DescribeBadCount(words[0], command, arguments.Length) is { } error)
        {
            output.Error.WriteLine(error);
            return;
        }

        var context = new QemuIoContext(backend, clock, output, _pending.GetOrCreateValue(backend), words[0]);
        try
        {
            BlockPermissions missing = command.Permissions & ~backend.Used;
            if (missing != BlockPermissions.None)
            {
                backend.SetPermissions(backend.Used | missing, backend.Shared);
            }

            await command.ExecuteAsync(context, arguments);
        }
        catch (QmpException e)
        {
            output.Monitor.Append(e.Message).Append('\n');
        }
    }

    /// <summary>Waits until all asynchronous requests to a disk have ended, as before it goes away.</summary>
    /// <param name="backend">The disk.</param>
    /// <returns>A task that ends with the last of them.</returns>
    public ValueTask WaitForPendingAsync(BlockBackend backend)
        => _pending.TryGetValue(backend, out PendingRequests? pending) ? pending.WaitAsync() : ValueTask.CompletedTask;

    private static string? DescribeBadCount(string name, QemuIoCommand command, int count)
    {
        if (count >= command.MinArguments && (command.MaxArguments < 0 || count <= command.MaxArguments))
        {
            return null;
        }

        string expected = command.MaxArguments < 0 ? $"at least {command.MinArguments}"
            : command.MinArguments == command.MaxArguments ? $"{command.MinArguments}"
            : $"between {command.MinArguments} and {command.MaxArguments}";
        return $"bad argument count {count} to {name}, expected {expected} arguments";
    }
}
