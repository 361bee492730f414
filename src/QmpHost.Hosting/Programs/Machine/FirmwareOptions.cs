using QmpHost.Hosting.CommandLine;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Checks the options that name firmware and kernels: they must be readable, and nothing executes them.</summary>
internal sealed class FirmwareOptions
{
    private string? _kernel;
    private string? _initrd;
    private string? _commandLine;
    private string? _firmware;

    /// <summary>Takes an option.</summary>
    /// <param name="option">The option.</param>
    public void Take(GivenOption option)
    {
        switch (option.Name)
        {
            case "kernel":
                _kernel = option.Value;
                break;
            case "initrd":
                _initrd = option.Value;
                break;
            case "append":
                _commandLine = option.Value;
                break;
            case "bios":
                _firmware = option.Value;
                break;
            default:
                break;
        }
    }

    /// <summary>Checks them together.</summary>
    /// <param name="hasProcessors">Whether the board has a processor that could execute them.</param>
    /// <exception cref="CommandLineException">One of them is missing or cannot be read.</exception>
    public void Check(bool hasProcessors)
    {
        if (_kernel is null)
        {
            Refuse(_commandLine is not null, "-append only allowed with -kernel option");
            Refuse(_initrd is not null, "-initrd only allowed with -kernel option");
        }

        Refuse(_kernel is not null && !hasProcessors, "The -kernel parameter is not supported (use the generic 'loader' device instead).");
        RefuseBare(_firmware is { } firmware && hasProcessors && !File.Exists(firmware) && Path.IsPathRooted(firmware), $"qemu: could not load PC BIOS '{_firmware}'");
        RefuseBare(_kernel is { } kernel && !File.Exists(kernel), $"qemu: could not open kernel file '{_kernel}': No such file or directory");
        RefuseBare(_initrd is { } initrd && !File.Exists(initrd), $"qemu: error reading initrd {_initrd}: Failed to open file “{_initrd}”: No such file or directory");
    }

    private static void Refuse(bool holds, string message)
    {
        if (holds)
        {
            throw new CommandLineException(message);
        }
    }

    // Told by the board, which does not know the program's name.
    private static void RefuseBare(bool holds, string message)
    {
        if (holds)
        {
            throw new CommandLineException(message) { IsBare = true };
        }
    }
}
