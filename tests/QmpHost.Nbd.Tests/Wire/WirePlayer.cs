using System.Net.Sockets;

namespace QmpHost.Nbd.Tests.Wire;

/// <summary>Plays conversations to a server: compares its answers, or records them.</summary>
internal static class WirePlayer
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How long a server says nothing that has nothing more to say.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    /// <summary>Plays a conversation and fails where an answer differs.</summary>
    public static async Task ReplayAsync(List<WireStep> conversation, Func<Task<Socket>> connect)
    {
        using Socket socket = await connect();
        foreach (WireStep step in conversation)
        {
            await SendAsync(socket, step);
            byte[] expected = step.Expected;
            (byte[] received, bool eof) = await ReceiveAsync(socket, expected.Length, Patience, step.ExpectEof);
            string where = $"line {step.Line + 1}: {step.Text}";
            Assert.That(WireBytes.Format(received), Is.EqualTo(WireBytes.Format(expected)), where);
            Assert.That(eof, Is.EqualTo(step.ExpectEof), $"end of stream at {where}");
        }
    }

    /// <summary>Plays a conversation and notes the answers by line.</summary>
    public static async Task RecordAsync(List<WireStep> conversation, Func<Task<Socket>> connect, Dictionary<int, (byte[] Bytes, bool Eof)> answers)
    {
        using Socket socket = await connect();
        foreach (WireStep step in conversation)
        {
            await SendAsync(socket, step);
            answers[step.Line] = WireReply.TryGet(step.Text) is { } reply
                ? await ReceiveReplyAsync(socket, reply)
                : await ReceiveAsync(socket, int.MaxValue, step.Text == "close" ? Patience : Quiet, expectEof: true);
        }
    }

    /// <summary>Receives until a reply is complete; only where that cannot be told does the time decide.</summary>
    private static async Task<(byte[] Bytes, bool Eof)> ReceiveReplyAsync(Socket socket, WireReply reply)
    {
        byte[] received = [];
        while (reply.Missing(received) is > 0 and var missing)
        {
            (byte[] more, bool eof) = await ReceiveAsync(socket, missing, Patience, expectEof: false);
            received = [.. received, .. more];
            if (eof || more.Length == 0)
            {
                return (received, eof);
            }
        }

        return (received, false);
    }

    private static async Task SendAsync(Socket socket, WireStep step)
    {
        try
        {
            if (step.Text == "close")
            {
                socket.Shutdown(SocketShutdown.Send);
            }

            for (int sent = 0; sent < step.Send.Length;)
            {
                sent += await socket.SendAsync(step.Send.AsMemory(sent));
            }
        }
        catch (SocketException)
        {
            // The server has already closed; what it said before is compared all the same.
        }
    }

    private static async Task<(byte[] Bytes, bool Eof)> ReceiveAsync(Socket socket, int count, TimeSpan patience, bool expectEof)
    {
        var received = new MemoryStream();
        byte[] buffer = new byte[65536];
        while (received.Length < count || expectEof)
        {
            using var timeout = new CancellationTokenSource(patience);
            try
            {
                int wanted = (int)Math.Min(buffer.Length, Math.Max(1, count - received.Length));
                int part = await socket.ReceiveAsync(buffer.AsMemory(0, wanted), timeout.Token);
                if (part == 0)
                {
                    return (received.ToArray(), true);
                }

                received.Write(buffer, 0, part);
            }
            catch (SocketException)
            {
                return (received.ToArray(), true);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        return (received.ToArray(), false);
    }
}
