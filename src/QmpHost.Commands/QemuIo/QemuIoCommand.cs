using QmpHost.Block.Graph;

namespace QmpHost.Commands.QemuIo;

/// <summary>One command of qemu-io: its name, its place in the help, and what it does.</summary>
internal abstract class QemuIoCommand
{
    /// <summary>The name.</summary>
    public abstract string Name { get; }

    /// <summary>The short name, or null.</summary>
    public virtual string? ShortName => null;

    /// <summary>The arguments as the one-line help shows them, or null to show none.</summary>
    public virtual string? Arguments => null;

    /// <summary>What the one-line help says.</summary>
    public abstract string Description { get; }

    /// <summary>The fewest arguments, counted without the name.</summary>
    public virtual int MinArguments => 0;

    /// <summary>The most arguments; -1 for no limit.</summary>
    public virtual int MaxArguments => 0;

    /// <summary>What the command does with the node.</summary>
    public virtual BlockPermissions Permissions => BlockPermissions.None;

    /// <summary>What help prints behind the one line for this command alone, or null.</summary>
    public virtual string? Details => null;

    /// <summary>The one-line help.</summary>
    public string OneLine => Describe(Name);

    /// <summary>The one-line help under the name that was asked for.</summary>
    /// <param name="name">The name or the short name.</param>
    /// <returns>The line.</returns>
    public string Describe(string name) => Arguments is null ? $"{name} -- {Description}" : $"{name} {Arguments} -- {Description}";

    /// <summary>Runs the command.</summary>
    /// <param name="context">The disk and the outputs.</param>
    /// <param name="arguments">The arguments without the name.</param>
    /// <returns>A task that ends with the command (asynchronous requests may still be under way).</returns>
    public abstract ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments);

    /// <summary>Parses options; an error and the one-line help are printed.</summary>
    /// <param name="context">The outputs.</param>
    /// <param name="specification">Option letters as for getopt.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="judge">Judges each option that takes a value, in the order given, and prints what is wrong with it.</param>
    /// <returns>The options, or null after an error.</returns>
    protected ParsedOptions? ParseOptions(
        QemuIoContext context, string specification, IReadOnlyList<string> arguments, Func<char, string, bool>? judge = null)
    {
        ParsedOptions? options = ParsedOptions.Parse(context.CommandName, specification, arguments, judge, out string? error);
        if (error is not null)
        {
            context.Output.Error.WriteLine(error);
            context.Print(OneLine);
        }

        return options;
    }

    /// <summary>Judges the pattern of option -P alone.</summary>
    protected static Func<char, string, bool> JudgePattern(QemuIoContext context)
        => (letter, value) => letter != 'P' || PatternText.TryParse(context, value, out _);
}
