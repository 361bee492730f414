using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi;

namespace QmpHost.Running;

/// <summary>
/// Which release the program is to show: what the option says, otherwise the environment, otherwise the end of the name by which
/// it was called (<c>qemu-system-x86_64-10.0</c>), otherwise a file beside that name (<c>qemu-system-x86_64.release</c>), which
/// suits callers that clear the environment.
/// </summary>
internal static class ProfileChoice
{
    /// <summary>The variable of the environment; a background process gets it too.</summary>
    public const string Variable = "QMPHOST_PROFILE";

    private const string FileExtension = ".release";

    /// <summary>The profile.</summary>
    /// <param name="option">What the option says, or null.</param>
    /// <returns>The profile; that of 7.2 where nothing says otherwise.</returns>
    /// <exception cref="CommandLineException">A release is named that is not known; the message lists those that are.</exception>
    public static VersionProfile Find(string? option)
    {
        if (option is not null)
        {
            return Parse(option, "--release");
        }

        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text)
        {
            return Parse(text, Variable);
        }

        string name = OwnProgram.CalledName;
        if (OfName(name) is { } release)
        {
            return Parse(release, name);
        }

        string? file = OwnProgram.FileBeside(FileExtension);
        return file is null ? VersionProfile.Default : Parse(File.ReadAllText(file).Trim(), file);
    }

    /// <summary>The release at the end of a program's name.</summary>
    /// <param name="name">The name, such as <c>qemu-storage-daemon-11.1</c>.</param>
    /// <returns>The release, or null where the name does not end in one.</returns>
    public static string? OfName(string name)
    {
        string last = name[(name.LastIndexOf('-') + 1)..];
        return QemuRelease.TryParse(last, out _) ? last : null;
    }

    private static VersionProfile Parse(string text, string place)
    {
        try
        {
            return VersionProfile.Parse(text);
        }
        catch (FormatException e)
        {
            throw new CommandLineException($"{place}: {e.Message}");
        }
    }
}
