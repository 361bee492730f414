using System.IO.Pipelines;
using QmpHost.Protocol.Chardev;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>A serial or parallel port of a board without a guest: what comes is taken in and lost, and nothing is sent.</summary>
internal static class BoardPort
{
    /// <summary>Serves a peer until it has nothing more to say.</summary>
    /// <param name="connection">The peer.</param>
    public static async Task ServeAsync(CharacterConnection connection)
    {
        ReadResult result;
        do
        {
            result = await connection.Input.ReadAsync();
            connection.Input.AdvanceTo(result.Buffer.End);
        }
        while (!result.IsCompleted);
    }
}
