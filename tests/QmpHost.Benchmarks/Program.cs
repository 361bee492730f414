using System.CommandLine;
using BenchmarkDotNet.Running;
using QmpHost.Benchmarks.SideBySide;

var program = new Option<string>("--program") { Description = "The native qmphost executable.", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("QMPHOST_NATIVE") ?? "artifacts/native/qmphost" };
var oracle = new Option<string>("--oracle") { Description = "The storage daemon to compare with.", DefaultValueFactory = _ => "qemu-storage-daemon" };
var rounds = new Option<int>("--rounds") { Description = "How often each figure is taken from each program.", DefaultValueFactory = _ => 5 };
var figures = new Argument<string[]>("figures") { Description = "Figures to take; none for all.", DefaultValueFactory = _ => [] };
var compare = new Command("compare", "Runs both programs in turn and prints medians and ratios.") { program, oracle, rounds, figures };
compare.SetAction(result => Comparison.Run(
    new Contender("qmphost", result.GetRequiredValue(program), ["storage-daemon"]),
    new Contender("qemu-storage-daemon", result.GetRequiredValue(oracle), []),
    result.GetRequiredValue(rounds),
    result.GetRequiredValue(figures)));

var inProcess = new Command("in-process", "Runs the BenchmarkDotNet benchmarks; further arguments are BenchmarkDotNet's.") { TreatUnmatchedTokensAsErrors = false };
inProcess.SetAction(result => BenchmarkSwitcher.FromAssembly(typeof(Comparison).Assembly).Run([.. result.UnmatchedTokens]));

return new RootCommand("Benchmarks of QmpHost.") { compare, inProcess }.Parse(args).Invoke();
