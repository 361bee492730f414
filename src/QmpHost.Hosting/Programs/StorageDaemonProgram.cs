using QmpHost.Commands.Hosting;
using QmpHost.Hosting.CommandLine;
using QmpHost.Hosting.Diagnostics;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs;

/// <summary>The program that stands for qemu-storage-daemon.</summary>
public static class StorageDaemonProgram
{
    private static readonly OptionSpecification[] Known =
    [
        new("blockdev", TakesValue: true),
        new("chardev", TakesValue: true),
        new("control", TakesValue: true, IsOwn: true),
        new("daemonize", TakesValue: false),
        new("export", TakesValue: true),
        new("help", TakesValue: false, 'h'),
        new("log-qmp", TakesValue: true, IsOwn: true),
        new("monitor", TakesValue: true),
        new("nbd-server", TakesValue: true),
        new("object", TakesValue: true),
        new("pidfile", TakesValue: true),
        new("trace", TakesValue: true, 'T'),
        new("version", TakesValue: false, 'V'),
    ];

    /// <summary>Runs the program until it is asked to end.</summary>
    /// <param name="arguments">The command line without the program's name.</param>
    /// <param name="environment">What surrounds it.</param>
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, ProgramEnvironment environment)
    {
        try
        {
            IReadOnlyList<GivenOption> options = GnuOptionParser.Parse(arguments, Known);
            if (PrintInformation(options, environment))
            {
                return 0;
            }

            using TraceLoggerFactory? trace = TraceOption.Read(options, environment);
            await using var runner = new ProgramRunner(environment, MakeHostOptions(environment) with { LoggerFactory = trace });
            await runner.ExtendAsync(options);
            foreach (GivenOption option in options)
            {
                await ApplyAsync(runner, option);
            }

            runner.WriteProcessFile(options);
            await runner.RunAsync();
            return 0;
        }
        catch (HelpRequestedException e)
        {
            await environment.StandardOutput.WriteAsync(e.Text);
            return e.Status;
        }
        catch (CommandLineException e)
        {
            string name = e.IsOfOptionParser ? environment.CalledAs ?? environment.Name : environment.Name;
            await environment.StandardError.WriteLineAsync($"{name}: {e.Message}");
            return 1;
        }
    }

    /// <summary>Whether a command line asks for the background.</summary>
    /// <param name="arguments">The command line.</param>
    /// <returns>True with option --daemonize; false also where the command line is wrong.</returns>
    public static bool WantsBackground(IReadOnlyList<string> arguments)
    {
        try
        {
            IReadOnlyList<GivenOption> options = GnuOptionParser.Parse(arguments, Known);
            return options.Any(option => option.Name == "daemonize") && !options.Any(option => option.Name is "help" or "version");
        }
        catch (CommandLineException)
        {
            // Told by the run itself.
            return false;
        }
    }

    private static BlockHostOptions MakeHostOptions(ProgramEnvironment environment) => new()
    {
        Profile = environment.Profile,
        Identity = new HostIdentity { Program = QmpProgram.StorageDaemon },
        Clock = environment.Clock ?? TimeProvider.System,
        ProgramName = environment.Name,
        StandardOutput = environment.StandardOutput,
        StandardError = environment.StandardError,
    };

    private static bool PrintInformation(IReadOnlyList<GivenOption> options, ProgramEnvironment environment)
    {
        string? text = options.FirstOrDefault(option => option.Name is "help" or "version")?.Name switch
        {
            "help" => StorageDaemonHelp.Text(environment.Name),
            "version" => VersionText.Of("qemu-storage-daemon", environment.Profile),
            _ => null,
        };
        if (text is null)
        {
            return false;
        }

        environment.StandardOutput.WriteLine(text);
        return true;
    }

    private static async Task ApplyAsync(ProgramRunner runner, GivenOption option)
    {
        switch (option.Name)
        {
            case "blockdev":
                await runner.AddBlockdevAsync(option);
                break;
            case "object":
                await runner.AddObjectAsync(option);
                break;
            case "chardev":
                await runner.AddChardevAsync(option);
                break;
            case "monitor":
                await runner.AddMonitorAsync(option);
                break;
            case "nbd-server":
                await runner.StartNbdServerAsync(option);
                break;
            case "export":
                await runner.AddExportAsync(option);
                break;
            default:
                break;
        }
    }
}
