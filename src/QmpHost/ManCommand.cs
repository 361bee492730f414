using System.CommandLine;
using System.Text;

namespace QmpHost;

/// <summary>"man": the manual page of this program, made from its commands.</summary>
internal static class ManCommand
{
    private static readonly (string Name, string Meaning)[] Variables =
    [
        ("QMPHOST_PROFILE", "The release whose behaviour is shown, such as 10.0."),
        ("QMPHOST_CLOCK", "\"virtual\" for a clock that stands still until it is moved over the control interface."),
        ("QMPHOST_GUEST", "What the simulated guest does, as the option \"--guest\" says it."),
        ("QMPHOST_TRANSPORT", "\"portable\" for sockets by the platform's library instead of the system's calls."),
        ("QMPHOST_CONTROL", "Where a host that is started by either of QEMU's command lines offers the control interface."),
    ];

    /// <summary>Makes the command.</summary>
    /// <param name="root">The command whose page it prints.</param>
    /// <returns>The command.</returns>
    public static Command Create(RootCommand root)
    {
        var command = new Command("man", "Prints this program's manual page, for man -l or a folder of manual pages.");
        command.SetAction(_ => Console.Out.Write(Page(root)));
        return command;
    }

    private static string Page(RootCommand root)
    {
        var page = new StringBuilder();
        page.Append($".TH QMPHOST 1 \"\" \"QmpHost {Escape(typeof(ManCommand).Assembly.GetName().Version!.ToString(3))}\"\n.SH NAME\nqmphost \\- {Escape(root.Description!)}\n");
        page.Append(".SH SYNOPSIS\n.B qmphost\n.I COMMAND\n[\n.I ARGUMENTS\n]\n.SH COMMANDS\n");
        foreach (Command command in root.Subcommands.Where(static command => !command.Hidden))
        {
            Append(page, command);
        }

        page.Append(".SH ENVIRONMENT\n");
        foreach ((string name, string meaning) in Variables)
        {
            Append(page, $"\\fB{name}\\fR", meaning);
        }

        return page.Append(".SH SEE ALSO\n.BR qemu\\-storage\\-daemon (1),\n.BR qemu (1)\n").ToString();
    }

    private static void Append(StringBuilder page, Command command)
    {
        page.Append($".SS {Escape(command.Name)}\n{Escape(command.Description!)}\n");
        foreach (Argument argument in command.Arguments)
        {
            Append(page, $"\\fI{Escape(argument.Name)}\\fR", argument.Description);
        }

        foreach (Option option in command.Options)
        {
            string names = string.Join(", ", new[] { option.Name }.Concat(option.Aliases).Select(static name => $"\\fB{Escape(name)}\\fR"));
            Append(page, option.ValueType == typeof(bool) ? names : $"{names} \\fI{Escape(option.HelpName ?? option.Name.TrimStart('-'))}\\fR", option.Description);
        }
    }

    private static void Append(StringBuilder page, string term, string? meaning)
        => page.Append(".TP\n").Append(term).Append('\n').Append(Escape(meaning ?? "")).Append('\n');

    // A line that begins with a full stop or an apostrophe would be a request to the formatter.
    private static string Escape(string text)
    {
        string escaped = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? "\\&" + escaped : escaped;
    }
}
