using System.Globalization;

namespace QmpHost.IoTests.Faults;

/// <summary>The commands in which cases speak of their image, node <c>n</c>.</summary>
internal static class ImageCommands
{
    /// <summary>Closes the image.</summary>
    public const string Remove = "{\"execute\": \"blockdev-del\", \"arguments\": {\"node-name\": \"n\"}}";

    /// <summary>Shows all nodes.</summary>
    public const string Query = "{\"execute\": \"query-named-block-nodes\", \"arguments\": {\"flat\": true}}";

    /// <summary>The image file.</summary>
    public const string File = "{\"driver\": \"file\", \"filename\": \"$DIR/image\", \"discard\": \"unmap\"}";

    /// <summary>Opens the image.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="options">Further options, each with a comma in front.</param>
    /// <param name="file">The node below it.</param>
    public static string Open(string kind, string options, string file = File)
        => $"{{\"execute\": \"blockdev-add\", \"arguments\": {Definition(kind, options, file)}}}";

    /// <summary>A request of a guest, in the words of qemu-io.</summary>
    public static string Io(string command)
        => $"{{\"execute\": \"human-monitor-command\", \"arguments\": {{\"command-line\": \"qemu-io n \\\"{command}\\\"\"}}}}";

    /// <summary>Takes an internal snapshot.</summary>
    public static string TakeSnapshot(string name)
        => $"{{\"execute\": \"blockdev-snapshot-internal-sync\", \"arguments\": {{\"device\": \"n\", \"name\": \"{name}\"}}}}";

    /// <summary>Deletes an internal snapshot.</summary>
    public static string DeleteSnapshot(string name)
        => $"{{\"execute\": \"blockdev-snapshot-delete-internal-sync\", \"arguments\": {{\"device\": \"n\", \"name\": \"{name}\"}}}}";

    /// <summary>Changes options of the image, whose file is node <c>f</c>.</summary>
    public static string Reopen(string kind, string options)
        => $"{{\"execute\": \"blockdev-reopen\", \"arguments\": {{\"options\": [{Definition(kind, options, "\"f\"")}]}}}}";

    /// <summary>Another size of the disk.</summary>
    /// <param name="size">The size in bytes.</param>
    public static string Resize(long size)
        => string.Create(CultureInfo.InvariantCulture, $"{{\"execute\": \"block_resize\", \"arguments\": {{\"node-name\": \"n\", \"size\": {size}}}}}");

    private static string Definition(string kind, string options, string file)
    {
        string other = kind switch
        {
            "backed" => ", \"backing\": {\"driver\": \"qcow2\", \"file\": {\"driver\": \"file\", \"filename\": \"$DIR/other\"}}",
            "split" or "raw-data" => ", \"data-file\": {\"driver\": \"file\", \"filename\": \"$DIR/other\", \"discard\": \"unmap\"}",
            _ => "",
        };
        return $"{{\"driver\": \"qcow2\", \"node-name\": \"n\", \"discard\": \"unmap\", \"file\": {file}{other}{options}}}";
    }
}
