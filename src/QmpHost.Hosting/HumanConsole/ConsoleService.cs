using System.Buffers;
using System.IO.Pipelines;
using QmpHost.Protocol.Chardev;

namespace QmpHost.Hosting.HumanConsole;

/// <summary>Serves a human monitor to a peer that is taken for a terminal, which every peer is.</summary>
internal sealed class ConsoleService
{
    // A long line is written anew for each byte of it.
    private const int OutputLimit = 64 * 1024;

    private readonly LineEditor _editor;
    private readonly string _banner;
    private readonly Func<string, IReadOnlyList<string>, Task<string?>> _execute;

    /// <summary>Makes the service of one peer.</summary>
    /// <param name="banner">What is told first.</param>
    /// <param name="editor">The peer's line editor.</param>
    /// <param name="execute">Carries a line out, given the lines before; the answer is what is told, or null where the monitor ends.</param>
    public ConsoleService(string banner, LineEditor editor, Func<string, IReadOnlyList<string>, Task<string?>> execute)
    {
        _banner = banner;
        _editor = editor;
        _execute = execute;
    }

    /// <summary>Serves a peer until it is gone.</summary>
    /// <param name="connection">The peer.</param>
    /// <returns>A task that ends when the peer is gone or the monitor has ended.</returns>
    public async Task ServeAsync(CharacterConnection connection)
    {
        try
        {
            _editor.Write(_banner);
            _editor.Prompt();
            bool goesOn = true;
            while (goesOn)
            {
                await connection.Output.WriteAsync(_editor.TakeOutput());
                ReadResult result = await connection.Input.ReadAsync();
                goesOn = await ReadAsync(result.Buffer.ToArray(), connection.Output) && !result.IsCompleted;
                connection.Input.AdvanceTo(result.Buffer.End);
            }
        }
        catch (IOException)
        {
            // The peer is gone, as peers may be at any time.
        }
    }

    private async Task<bool> ReadAsync(byte[] bytes, PipeWriter output)
    {
        foreach (byte b in bytes)
        {
            string? line = _editor.Read(b);
            if (line is not null || _editor.OutputLength >= OutputLimit)
            {
                // What was typed shows before what it does.
                await output.WriteAsync(_editor.TakeOutput());
            }

            if (line is null)
            {
                continue;
            }

            if (await _execute(line, _editor.History.Lines) is not { } answer)
            {
                return false;
            }

            _editor.Write(answer);
            _editor.Prompt();
        }

        return true;
    }
}
