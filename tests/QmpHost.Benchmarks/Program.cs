using System.CommandLine;
using BenchmarkDotNet.Running;
using QmpHost.Benchmarks.InProcess;
using QmpHost.Benchmarks.SideBySide;

var program = new Option<string>("--program") { Description = "The native qmphost executable.", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("QMPHOST_NATIVE") ?? "artifacts/native/qmphost" };
var oracle = new Option<string>("--oracle") { Description = "The storage daemon to compare with.", DefaultValueFactory = _ => "qemu-storage-daemon" };
var rounds = new Option<int>("--rounds") { Description = "How often each figure is taken from each program.", DefaultValueFactory = _ => 5 };
var figures = new Argument<string[]>("figures") { Description = "Figures to take; none for all.", DefaultValueFactory = _ => [] };
var compare = new Command("compare", "Runs both programs in turn and prints medians and ratios.") { program, oracle, rounds, figures };
compare.SetAction(result => Comparison.Run(
    Contender.QmpHost(result.GetRequiredValue(program)),
    Contender.Oracle(result.GetRequiredValue(oracle)),
    result.GetRequiredValue(rounds),
    result.GetRequiredValue(figures)));

var inProcess = new Command("in-process", "Runs the BenchmarkDotNet benchmarks; further arguments are BenchmarkDotNet's.") { TreatUnmatchedTokensAsErrors = false };
inProcess.SetAction(result => BenchmarkSwitcher.FromAssembly(typeof(Comparison).Assembly).Run([.. result.UnmatchedTokens]));

var count = new Argument<int>("count") { Description = "How many hosts.", DefaultValueFactory = _ => 1000 };
var hosts = new Command("hosts", "Starts many hosts in this process and prints what they cost; the aim is ten thousand in 1 GiB.") { count };
hosts.SetAction(result => ManyHosts.RunAsync(result.GetValue(count)));

return new RootCommand("Benchmarks of QmpHost.") { compare, inProcess, hosts }.Parse(args).Invoke();
