using System.Runtime.InteropServices;

namespace QmpHost.Running;

/// <summary>
/// Signals that whoever started this process ignores, as <c>nohup</c> and a shell's background do: the runtime leaves them
/// ignored, even when somebody registers for them, and QEMU takes them all the same.
/// </summary>
internal static partial class IgnoredSignals
{
    private const nint Default = 0;
    private const nint Ignore = 1;

    // More than any system's structure takes; the disposition is its first member.
    private const int ActionWords = 64;

    /// <summary>Gives signals that are ignored their default action; to be called before anybody registers for them.</summary>
    /// <param name="numbers">The numbers of the signals.</param>
    public static unsafe void Restore(params IEnumerable<int> numbers)
    {
        nint* action = stackalloc nint[ActionWords];
        foreach (int number in numbers)
        {
            if (ReadAction(number, null, action) == 0 && action[0] == Ignore)
            {
                _ = SetHandler(number, Default);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static unsafe partial int ReadAction(int number, void* replacement, nint* current);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int number, nint handler);
}
