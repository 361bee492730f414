using System.Globalization;
using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Boards;
using QmpHost.Qapi;
using QmpHost.Qapi.Keyval;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Reads the value of -smp: how many processors, and how they sit in the machine.</summary>
internal static class TopologyOption
{
    private static readonly string[] Keys = ["cpus", "sockets", "dies", "clusters", "cores", "threads", "maxcpus"];

    /// <summary>Reads an option.</summary>
    /// <param name="option">The option.</param>
    /// <param name="machine">The kind of machine.</param>
    /// <param name="warn">Tells of a value that QEMU calls deprecated.</param>
    /// <exception cref="CommandLineException">A value is wrong, or the values do not fit together or to the machine.</exception>
    /// <returns>The topology.</returns>
    public static CpuTopology Read(GivenOption option, MachineInfo machine, Action<string> warn)
    {
        Dictionary<string, int> given = ReadNumbers(option);
        if (given.Values.Any(static value => value == 0))
        {
            warn("Deprecated CPU topology (considered invalid): CPU topology parameters must be greater than zero");
        }

        if (given.GetValueOrDefault("clusters") > 0)
        {
            throw new CommandLineException("clusters not supported by this machine's CPU topology");
        }

        CpuTopology topology = Complete(given);
        Check(topology, machine);
        return topology;
    }

    private static Dictionary<string, int> ReadNumbers(GivenOption option)
    {
        try
        {
            var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach ((string key, QObject value) in KeyvalParser.Parse(option.Value, "cpus"))
            {
                if (!Keys.Contains(key))
                {
                    throw new CommandLineException($"Parameter 'smp.{key}' is unexpected");
                }

                numbers[key] = value is QString text && int.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                    ? number
                    : throw new CommandLineException($"Parameter 'smp.{key}' expects integer");
            }

            return numbers;
        }
        catch (QmpException e)
        {
            throw new CommandLineException(option, e.Message);
        }
    }

    // Of what is missing cores are preferred over sockets, and those over threads.
    private static CpuTopology Complete(Dictionary<string, int> given)
    {
        int cpus = given.GetValueOrDefault("cpus"), sockets = given.GetValueOrDefault("sockets"), dies = Math.Max(given.GetValueOrDefault("dies"), 1);
        int cores = given.GetValueOrDefault("cores"), threads = given.GetValueOrDefault("threads"), most = given.GetValueOrDefault("maxcpus");
        if (cpus == 0 && most == 0)
        {
            sockets = Math.Max(sockets, 1);
            cores = Math.Max(cores, 1);
            threads = Math.Max(threads, 1);
        }
        else
        {
            int all = most > 0 ? most : cpus;
            if (cores == 0)
            {
                sockets = Math.Max(sockets, 1);
                threads = Math.Max(threads, 1);
                cores = all / (sockets * dies * threads);
            }
            else if (sockets == 0)
            {
                threads = Math.Max(threads, 1);
                sockets = all / (dies * cores * threads);
            }
            else if (threads == 0)
            {
                threads = all / (sockets * dies * cores);
            }
        }

        int product = sockets * dies * cores * threads;
        most = most > 0 ? most : cpus > 0 ? cpus : product;
        return new CpuTopology(cpus > 0 ? cpus : most, most, sockets, dies, cores, threads);
    }

    private static void Check(CpuTopology topology, MachineInfo machine)
    {
        string hierarchy = string.Create(
            CultureInfo.InvariantCulture,
            $"sockets ({topology.Sockets}) * dies ({topology.Dies}) * cores ({topology.Cores}) * threads ({topology.Threads})");
        int product = topology.Sockets * topology.Dies * topology.Cores * topology.Threads;
        if (product != topology.MaxCpus)
        {
            throw new CommandLineException(
                $"Invalid CPU topology: product of the hierarchy must match maxcpus: {hierarchy} != maxcpus ({topology.MaxCpus})");
        }

        if (topology.MaxCpus < topology.Cpus)
        {
            throw new CommandLineException(
                $"Invalid CPU topology: maxcpus must be equal to or greater than smp: {hierarchy} == maxcpus ({topology.MaxCpus}) < smp_cpus ({topology.Cpus})");
        }

        if (topology.MaxCpus > machine.CpuMax)
        {
            throw new CommandLineException(
                $"Invalid SMP CPUs {topology.MaxCpus}. The max CPUs supported by machine '{machine.Name}' is {machine.CpuMax}");
        }
    }
}
