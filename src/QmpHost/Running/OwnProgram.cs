namespace QmpHost.Running;

/// <summary>How this process was started, and how to start it again.</summary>
internal static class OwnProgram
{
    /// <summary>The name by which the program was called, without its folder: that of a link where it was one.</summary>
    public static string CalledName => Path.GetFileName(CalledAs);

    /// <summary>The word by which the program was called, folder and all.</summary>
    public static string CalledAs { get; } = FindCalledAs();

    // "dotnet qmphost.dll", in contrast to an executable, native or not, that bears the program's name.
    private static bool IsRunByRuntime => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";

    /// <summary>The words that start this program: an executable, and its assembly where the executable is the runtime.</summary>
    /// <returns>One or two words.</returns>
    public static IReadOnlyList<string> Command()
    {
        string process = Environment.ProcessPath ?? "qmphost";
        return IsRunByRuntime ? [process, Path.Combine(AppContext.BaseDirectory, "qmphost.dll")] : [process];
    }

    private static string FindCalledAs()
    {
        string word = Environment.GetCommandLineArgs()[0];
        return IsRunByRuntime || word.Length == 0 ? word : ReadFirstWord() ?? word;
    }

    // The runtime puts the assembly in the place of the first word; only the system still has the word itself.
    private static string? ReadFirstWord()
    {
        try
        {
            string words = File.ReadAllText("/proc/self/cmdline");
            int end = words.IndexOf('\0', StringComparison.Ordinal);
            return end > 0 ? words[..end] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A file beside the name by which the program was called.</summary>
    /// <param name="extension">What follows the name.</param>
    /// <returns>Its path, or null if there is none.</returns>
    public static string? FileBeside(string extension)
    {
        string calledAs = CalledAs;
        IEnumerable<string> places = calledAs.Contains('/', StringComparison.Ordinal)
            ? [calledAs]
            : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Select(folder => Path.Combine(folder, calledAs));
        string? program = places.FirstOrDefault(File.Exists);
        return program is not null && File.Exists(program + extension) ? program + extension : null;
    }
}
