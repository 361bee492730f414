using System.IO.Pipelines;
using System.Text;
using Nerdbank.Streams;
using NUnit.Framework;
using QmpHost.Client;

namespace QmpHost.Fuzz;

/// <summary>A client gets any bytes from a server: it goes on or ends, but never hangs.</summary>
[Category("Fuzz")]
public sealed class ClientFuzzTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Test]
    public async Task Any_server_leaves_the_client_in_order()
    {
        ByteStreams streams = ByteStreams.Load("/nonexistent");
        for (var run = new FuzzRun(); run.Next(out Random random);)
        {
            (Stream mine, Stream theirs) = FullDuplexStream.CreatePair();
            byte[] noise = streams.Make(random);
            Task serving = ServeAsync(theirs, noise, random.Next(2) == 0);
            try
            {
                await using QmpClient client = await QmpClient.AttachAsync(mine).WaitAsync(Patience);
                await client.ExecuteAsync("query-version").WaitAsync(Patience);
            }
            catch (Exception e) when (e is QmpConnectionException or Qapi.QmpException)
            {
                // Both are fair answers to noise.
            }
            catch (TimeoutException)
            {
                Assert.Fail($"seed {run.Seed}: the client hangs");
            }

            await serving.WaitAsync(Patience);
        }
    }

    private static async Task ServeAsync(Stream stream, byte[] noise, bool greets)
    {
        await using (stream)
        {
            if (greets)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes("{\"QMP\": {\"version\": 5, \"capabilities\": [1]}}\r\n"));
            }

            await stream.WriteAsync(noise);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("{\"return\": {}, \"id\": 2}{\"return\": {}, \"id\": 2}{\"error\": 5, \"id\": 3}"));
            await stream.FlushAsync();
        }
    }
}
