using System.CommandLine;
using QmpHost.Client;
using QmpHost.Control.Pictures;
using QmpHost.Hosting;
using QmpHost.Hosting.Programs;
using QmpHost.Qapi;

namespace QmpHost;

/// <summary>"graph": the node graph of a host or of an image's chain, as a picture.</summary>
internal static class GraphCommand
{
    /// <summary>Makes the command.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        var place = new Argument<string>("place") { Description = "The QMP socket of QmpHost or QEMU (PATH or tcp:HOST:PORT), or an image." };
        var format = new Option<string>("--format") { Description = "text, dot, mermaid or svg.", DefaultValueFactory = static _ => "text" };
        format.AcceptOnlyFromAmong([.. GraphPicture.Formats]);
        var output = new Option<FileInfo?>("--output", "-o") { Description = "The file to write; standard output without it." };
        var command = new Command("graph", "Draws the node graph with its users, permissions, bitmaps, jobs and exports.") { place, format, output };
        command.SetAction((result, cancellationToken) => RunAsync(result.GetRequiredValue(place), result.GetRequiredValue(format), result.GetValue(output), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string place, string format, FileInfo? output, CancellationToken cancellationToken)
    {
        try
        {
            string picture = GraphPicture.Draw(await TakeAsync(place, cancellationToken), format);
            await (output is null ? Console.Out.WriteAsync(picture) : File.WriteAllTextAsync(output.FullName, picture, cancellationToken));
            return 0;
        }
        catch (Exception e) when (e is QmpException or IOException or QmpConnectionException or System.Net.Sockets.SocketException or FormatException)
        {
            await Console.Error.WriteLineAsync("qmphost: " + e.Message);
            return 1;
        }
    }

    private static async Task<GraphSnapshot> TakeAsync(string place, CancellationToken cancellationToken)
    {
        if (!QmpPlace.IsSocket(place))
        {
            return await TakeOfImageAsync(place);
        }

        await using QmpClient client = await QmpPlace.ConnectAsync(place, cancellationToken);
        await client.NegotiateAsync(cancellationToken: cancellationToken);
        return await GraphSnapshot.TakeAsync(client, cancellationToken);
    }

    // As a drive that is not written to, so that the image may be in use.
    private static async Task<GraphSnapshot> TakeOfImageAsync(string path)
    {
        await using BlockHost host = await BlockHost.StartAsync();
        string escaped = path.Replace(",", ",,", StringComparison.Ordinal);
        await host.InvokeAsync(async () => await host.Drives.AddAsync(
            DriveOptions.Parse($"file={escaped},if=none,id=image,readonly=on,file.locking=off", static _ => { })));
        return await GraphSnapshot.TakeAsync(host);
    }
}
