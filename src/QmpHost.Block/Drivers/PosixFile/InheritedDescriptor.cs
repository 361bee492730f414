namespace QmpHost.Block.Drivers.PosixFile;

/// <summary>Descriptors that a process has from the one that started it.</summary>
internal static class InheritedDescriptor
{
    // Where the system tells how a descriptor was opened, in octal digits.
    private const string FlagsField = "flags:";
    private const int Octal = 8;
    private const int CloseOnExec = 0x80000;

    /// <summary>Whether there is such a descriptor; those that the process has opened itself would not live through a start.</summary>
    /// <param name="descriptor">Its number.</param>
    public static bool IsThere(long descriptor)
    {
        try
        {
            string? line = File.ReadLines($"/proc/self/fdinfo/{descriptor}").FirstOrDefault(static line => line.StartsWith(FlagsField, StringComparison.Ordinal));
            return line is not null && (Convert.ToInt32(line[FlagsField.Length..].Trim(), Octal) & CloseOnExec) == 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
