using QmpHost.IoTests.Comparing;
using QmpHost.IoTests.Faults;
using QmpHost.IoTests.Coverage;
using QmpHost.IoTests.Harness;

namespace QmpHost.IoTests;

/// <summary>The command: plays and records sessions and scenarios outside of a test run.</summary>
public static class Program
{
    private const string Usage =
        """
        usage: QmpHost.IoTests COMMAND [OPTIONS] [NAME…]

          list                 names of all scenarios and sessions
          run NAME…            play and print
          check [NAME…]        play and compare with what was recorded (all by default)
          record NAME…         play on the oracle and write what it answers
          kill                 kill hosts in scenario 257 and check the images that they leave
          compare              random sessions on QmpHost and on QEMU side by side; options of its own:
                               --release R --seed N --sessions N --length COMMANDS --on system|storage-daemon
                               --only COMMAND,… --save FOLDER --width CHARACTERS --program PATH
          introspection        what QmpHost and QEMU list in query-qmp-schema: --release R --record FOLDER

          releases             writes docs/releases.md anew
          coverage             writes docs/coverage.md anew: in how many recordings each part of the schema occurs;
                               prints what of the storage daemon occurs in none, without a reason

        NAME is a scenario's number, a session's path below iotests/sessions without
        extension, or a part of it.

          faults               let requests on qcow2 images fail here and on the oracle, and compare what
                               is said and left
          mutations            the same with images that were changed at random
          operations           the same with random operations of which none fails
                               all three: --seed N --cases N --only SEED,… --record N

        options:
          --target engine|program|oracle   whom to drive (QMPHOST_TARGET; record: always the oracle)
          --program PATH                   the qmphost executable or dll (QMPHOST_PROG)
          --profile RELEASE                version profile of QmpHost (QMPHOST_PROFILE)
          --release RELEASE                only what is played under that release, on it
          --repeat N                       check or record only what is the same N times; kill N hosts
          --pace MILLISECONDS              how long the client of a session thinks before each step
          --seed N                         decides when hosts are killed

        """;

    /// <summary>Runs the command; the exit code is 0 if everything was equal.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (args.Length == 0 || args[0] is "help" or "--help" or "-h")
        {
            await Console.Out.WriteAsync(Usage);
            return args.Length == 0 ? 2 : 0;
        }

        try
        {
            if (PlayedCases.Maker(args[0]) is not null)
            {
                return await new CasesCommand(args[0], Console.Out).RunAsync(args[1..]);
            }

            if (args[0] == "compare")
            {
                return await new CompareCommand(Console.Out).RunAsync(args[1..]);
            }

            if (args[0] == "releases")
            {
                await File.WriteAllTextAsync(ReleaseTable.Path, ReleaseTable.Text());
                return 0;
            }

            if (args[0] == "coverage")
            {
                await File.WriteAllTextAsync(CoverageTable.Path, CoverageTable.Text());
                CoverageTable.FindOpen().ToList().ForEach(Console.WriteLine);
                return 0;
            }

            if (args[0] == "introspection")
            {
                return await new IntrospectionCommand(Console.Out).RunAsync(args[1..]);
            }

            CommandLine line = CommandLine.Parse(args);
            return await new IoTestCommand(line, Console.Out).RunAsync();
        }
        catch (Exception e) when (e is ArgumentException or FormatException or TargetUnavailableException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
    }
}
