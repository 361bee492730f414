using QmpHost.Commands.Hosting;
using QmpHost.Hosting.CommandLine;

namespace QmpHost.Running;

/// <summary>
/// Whether a simulated guest is in the machine: what QMPHOST_GUEST says, otherwise a file beside the name by which the program was
/// called (<c>qemu-system-x86_64.guest</c>), which suits callers that clear the environment.
/// </summary>
internal static class GuestChoice
{
    private const string Variable = "QMPHOST_GUEST";
    private const string FileExtension = ".guest";

    /// <summary>The guest.</summary>
    /// <returns>The guest, or null where nothing asks for one.</returns>
    /// <exception cref="CommandLineException">It is described wrongly.</exception>
    public static SimulatedGuestOptions? Find()
    {
        (string place, string? text) = Read();
        try
        {
            return string.IsNullOrEmpty(text) ? null : SimulatedGuestOptions.Parse(text);
        }
        catch (FormatException e)
        {
            throw new CommandLineException($"{place}: {e.Message}");
        }
    }

    /// <summary>Lets a background process have the same guest, under whatever name it is started.</summary>
    /// <param name="environment">Its environment.</param>
    public static void Pass(IDictionary<string, string?> environment) => environment[Variable] = Read().Text;

    private static (string Place, string? Text) Read()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text)
        {
            return (Variable, text);
        }

        return OwnProgram.FileBeside(FileExtension) is { } file ? (file, File.ReadAllText(file).Trim()) : (Variable, null);
    }
}
