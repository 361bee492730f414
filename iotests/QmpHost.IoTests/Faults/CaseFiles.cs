namespace QmpHost.IoTests.Faults;

/// <summary>What cases do to files behind everybody's back.</summary>
internal static class CaseFiles
{
    private const string Kept = ".kept";

    /// <summary>Takes a file away (<c>@take</c>), cuts it in half (<c>@cut</c>), or makes either undone (<c>@restore</c>).</summary>
    /// <param name="directory">The case's directory.</param>
    /// <param name="command">A command.</param>
    /// <returns>Whether it was one of these.</returns>
    public static bool Play(string directory, string command)
    {
        if (command.Split(' ') is not [("@take" or "@cut" or "@restore") and var action, var name])
        {
            return false;
        }

        string path = Path.Combine(directory, name);
        if (action == "@take")
        {
            File.Move(path, path + Kept, overwrite: true);
        }
        else if (action == "@cut")
        {
            File.Copy(path, path + Kept, overwrite: true);
            using FileStream file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(file.Length / 2);
        }
        else if (File.Exists(path + Kept))
        {
            File.Move(path + Kept, path, overwrite: true);
        }

        return true;
    }
}
