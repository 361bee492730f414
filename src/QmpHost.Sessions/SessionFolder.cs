using System.Diagnostics;

namespace QmpHost.Sessions;

/// <summary>The fresh directory that one session is played in; removed with all that is in it afterwards.</summary>
internal sealed class SessionFolder : IDisposable
{
    // Far more often than the few programs of a session can come in between.
    private const int Attempts = 20;

    /// <summary>The full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("qmphost-session-").FullName;

    /// <summary>
    /// Removes the directory. Servers that a session started end by themselves when their last client has gone, and may still
    /// make or remove files of theirs meanwhile: what came in between is removed too.
    /// </summary>
    public void Dispose()
    {
        for (int attempt = 1; Directory.Exists(Path); attempt++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException) when (attempt < Attempts)
            {
            }
            catch (IOException)
            {
                // The platform cannot name a file whose name is no text, so it cannot remove it either.
                using Process? remover = Process.Start("rm", ["-rf", Path]);
                remover?.WaitForExit();
                return;
            }
        }
    }
}
