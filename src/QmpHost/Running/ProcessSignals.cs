using System.Runtime.InteropServices;

namespace QmpHost.Running;

/// <summary>Signals that the process sends itself.</summary>
internal static partial class ProcessSignals
{
    // With it QEMU wakes its processors: it does nothing there, but would end this process.
    private const int Sigusr1 = 10;
    private const nint DefaultAction = 0;

    private static readonly int[] Crashes = [4, 5, 6, 7, 8, 11];

    /// <summary>Sends a signal, which has arrived when this returns; a number that is none does nothing.</summary>
    /// <param name="number">The number of the signal.</param>
    public static void Raise(int number)
    {
        if (number == Sigusr1)
        {
            return;
        }

        // The runtime takes these for crashes of its own, and waits for threads that wait for this one.
        if (Crashes.Contains(number))
        {
            _ = Handle(number, DefaultAction);
        }

        _ = RaiseNow(number);
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Handle(int number, nint action);

    [LibraryImport("libc", EntryPoint = "raise")]
    private static partial int RaiseNow(int number);
}
