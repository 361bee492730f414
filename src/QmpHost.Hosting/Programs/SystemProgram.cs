using QmpHost.Commands.Hosting;
using QmpHost.Hosting.CommandLine;
using QmpHost.Hosting.Diagnostics;
using QmpHost.Hosting.Programs.Machine;
using QmpHost.Machine.Clocks;
using QmpHost.Machine.Devices;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;

namespace QmpHost.Hosting.Programs;

/// <summary>The program that stands for qemu-system-x86_64, as far as disks and their monitors go.</summary>
public static class SystemProgram
{
    private static readonly IReadOnlyList<OptionSpecification> Known = SystemOptionTable.Known;

    /// <summary>Runs the program until it is asked to end.</summary>
    /// <param name="arguments">The command line without the program's name.</param>
    /// <param name="environment">What surrounds it.</param>
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, ProgramEnvironment environment)
    {
        try
        {
            IReadOnlyList<GivenOption> options = SimpleDrives.Expand(SetOption.Apply(ConfigurationFile.Expand(QemuOptionParser.Parse(arguments, Known), environment.Name)));
            if (PrintInformation(options, environment))
            {
                return 0;
            }

            MachineOptions machine = MachineOptions.Parse(options, environment);
            if (machine.StampsMessages)
            {
                environment = environment with { StandardError = new StampingWriter(environment.StandardError, environment.Name, TimeProvider.System) };
            }

            using TraceLoggerFactory? trace = TraceOption.Read(options, environment);
            await using var runner = new ProgramRunner(environment, MakeHostOptions(options, environment, machine) with { LoggerFactory = trace });
            await runner.ExtendAsync(options);
            runner.WriteProcessFile(options);
            await runner.ConfigureAsync(machine);
            await ApplyAsync(runner, options, machine);
            return await runner.RunAsync(Last(options, "incoming"), Last(options, "loadvm")?.Value);
        }
        catch (HelpRequestedException e)
        {
            await environment.StandardOutput.WriteAsync(e.Text);
            return e.Status;
        }
        catch (CommandLineException e)
        {
            string prefix = e.IsBare ? string.Empty : $"{environment.Name}: ";
            await environment.StandardError.WriteLineAsync($"{prefix}{e.Message}");
            return 1;
        }
    }

    /// <summary>Whether a command line asks for the background.</summary>
    /// <param name="arguments">The command line.</param>
    /// <returns>True with option -daemonize; false also where the command line is wrong.</returns>
    public static bool WantsBackground(IReadOnlyList<string> arguments)
    {
        try
        {
            IReadOnlyList<GivenOption> options = QemuOptionParser.Parse(arguments, Known);
            return options.Any(option => option.Name == "daemonize") && !options.Any(option => option.Name is "h" or "help" or "version");
        }
        catch (CommandLineException)
        {
            // Told by the run itself.
            return false;
        }
    }

    private static bool PrintInformation(IReadOnlyList<GivenOption> options, ProgramEnvironment environment)
    {
        string? text = options.FirstOrDefault(option => option.Name is "h" or "help" or "version")?.Name switch
        {
            "h" or "help" => SystemHelp.Text(environment.Name),
            "version" => VersionText.Of("QEMU emulator", environment.Profile),
            _ => options.Select(option => ListChoices(option, environment)).FirstOrDefault(list => list is not null),
        };
        if (text is null)
        {
            return false;
        }

        environment.StandardOutput.WriteLine(text);
        return true;
    }

    private static GivenOption? Last(IReadOnlyList<GivenOption> options, string name) => options.LastOrDefault(option => option.Name == name);

    // What "help" as an option's value asks for.
    private static string? ListChoices(GivenOption option, ProgramEnvironment environment) => (option.Name, option.Value) switch
    {
        ("machine" or "M", "help" or "?" or "type=help") => string.Join('\n', MachineFacts.Of(environment.Profile).HelpLines),
        ("cpu", "help" or "?") => string.Join('\n', CpuModelFacts.Of(environment.Profile).HelpLines),
        ("accel", "help" or "?") => string.Join('\n', AcceleratorChoice.HelpLines),
        ("display", "help" or "?" or "type=help") => string.Join('\n', ScreenOptions.HelpLines),
        ("vga", "help" or "?") => string.Join('\n', ScreenOptions.CardLines),
        ("device", "help" or "?" or "driver=help") => string.Join('\n', MachineDevices.ListModels()),
        _ => null,
    };

    private static BlockHostOptions MakeHostOptions(IReadOnlyList<GivenOption> options, ProgramEnvironment environment, MachineOptions machine)
    {
        return new BlockHostOptions
        {
            Profile = environment.Profile,
            Identity = new HostIdentity { Program = QmpProgram.System, Name = machine.Name, Uuid = machine.Uuid },
            Clock = environment.Clock ?? (machine.Accelerator == AcceleratorChoice.Qtest ? new VirtualClock(DateTimeOffset.UnixEpoch) : TimeProvider.System),
            Machine = machine.Type,
            Configuration = machine.Configuration,
            Guest = environment.Guest,
            HasProcessorThreads = true,
            StartPaused = options.Any(option => option.Name == "S"),
            ProgramName = environment.Name,
            StandardOutput = environment.StandardOutput,
            StandardError = environment.StandardError,
        };
    }

    // The order is QEMU's: what later options refer to comes first, wherever it stands on the command line.
    private static async Task ApplyAsync(ProgramRunner runner, IReadOnlyList<GivenOption> options, MachineOptions machine)
    {
        var defaults = new DefaultDevices(options, runner.Board);
        await ForEachAsync(options, "add-fd", runner.AddDescriptorAsync);
        await ForEachAsync(options, "device", runner.AnswerDeviceHelpAsync);
        await ForEachAsync(options, "chardev", runner.AddChardevAsync);
        if (options.LastOrDefault(option => option.Name == "qtest") is { } qtest)
        {
            await runner.AddQtestAsync(qtest);
        }

        await ForEachAsync(options, "object", runner.AddSystemObjectAsync);
        await ForEachAsync(options, "blockdev", runner.AddBlockdevAsync);
        await ForEachAsync(options, "drive", runner.AddDriveAsync);
        await ForEachAsync(options, QemuOptionParser.Operand, runner.AddImageAsync);
        await runner.AddDefaultDrivesAsync(defaults);
        if (defaults.Screen is { } screen)
        {
            await runner.AddBoardDeviceAsync(screen);
        }

        foreach (QDict card in defaults.Cards)
        {
            await runner.AddBoardDeviceAsync(card);
        }

        await runner.AddBoardDrivesAsync();
        await runner.AddFlashAsync(machine.Flash);
        await ForEachAsync(options, "mon", runner.AddSystemMonitorAsync);
        foreach (GivenOption option in options.Where(option => option.Name is "qmp" or "qmp-pretty" or "monitor"))
        {
            await runner.AddInlineMonitorAsync(option);
        }

        await AddPortsAsync(runner, options, "serial", defaults);
        await AddPortsAsync(runner, options, "parallel", defaults);

        if (machine.HasUsb)
        {
            await runner.AddUsbAsync();
        }

        await ForEachAsync(options, "device", runner.AddDeviceAsync);
        await runner.AddOtherDrivesAsync();
    }

    private static async Task AddPortsAsync(ProgramRunner runner, IReadOnlyList<GivenOption> options, string name, DefaultDevices defaults)
    {
        int number = 0;
        foreach (GivenOption option in options.Where(option => option.Name == name).Concat(defaults.Ports(name)))
        {
            await runner.AddPortAsync(option, number++, defaults.IsOnBoard);
        }
    }

    private static async Task ForEachAsync(IReadOnlyList<GivenOption> options, string name, Func<GivenOption, Task> action)
    {
        foreach (GivenOption option in options.Where(option => option.Name == name))
        {
            await action(option);
        }
    }
}
