namespace QmpHost.Running;

/// <summary>
/// Where the program serves the control interface beside what its command line says: what the environment says, otherwise a file
/// beside the name by which it was called (<c>qemu-system-x86_64.control</c>), which suits callers that clear the environment.
/// </summary>
internal static class ControlChoice
{
    /// <summary>The variable of the environment.</summary>
    public const string Variable = "QMPHOST_CONTROL";

    private const string FileExtension = ".control";

    /// <summary>The address.</summary>
    /// <returns>The address, or null for none.</returns>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text)
        {
            return text;
        }

        return OwnProgram.FileBeside(FileExtension) is { } file ? File.ReadAllText(file).Trim() : null;
    }
}
