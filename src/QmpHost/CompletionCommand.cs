using System.CommandLine;

namespace QmpHost;

/// <summary>"completion": a shell's completion for this program, which the program itself answers word by word.</summary>
internal static class CompletionCommand
{
    private const string Bash =
        """
        _qmphost() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _qmphost qmphost
        """;

    private const string Zsh =
        """
        #compdef qmphost
        _qmphost() {
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            compadd -a found
            _files
        }
        compdef _qmphost qmphost
        """;

    private const string Fish =
        """
        function __qmphost_complete
            set -l line (commandline -cp)
            qmphost "[suggest:"(string length -- $line)"]" $line 2>/dev/null
        end
        complete -c qmphost -a '(__qmphost_complete)'
        """;

    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Prints a script that completes this program's commands and options in a shell.") { shell };
        command.SetAction(result => Console.Out.WriteLine(result.GetRequiredValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Fish,
        }));
        return command;
    }
}
