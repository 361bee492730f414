using System.Text.RegularExpressions;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Faults;

/// <summary>Judges what two hosts said and left in their files.</summary>
internal static partial class FaultJudge
{
    private static readonly string[] Words = ["clean", "leaks", "corrupt", "unreadable"];

    /// <summary>Why an outcome may differ from QEMU's although it is right.</summary>
    /// <param name="expected">What QEMU said.</param>
    /// <param name="found">What QmpHost said.</param>
    /// <param name="oracleFolder">QEMU's files.</param>
    /// <param name="ownFolder">QmpHost's files.</param>
    /// <returns>The verdict, and how sound either image is, in words.</returns>
    public static async Task<(FaultVerdict Verdict, string Soundness)> ExplainAsync(
        string expected, string found, string oracleFolder, string ownFolder)
    {
        int theirs = await CheckAsync(oracleFolder);
        int ours = await CheckAsync(ownFolder);
        string soundness = $"QEMU's: {Words[theirs]}; ours: {Words[ours]}";
        if (FileSize().Replace(expected, "") != FileSize().Replace(found, ""))
        {
            return (FaultVerdict.Unexplained, soundness);
        }

        if (ours < theirs)
        {
            return (FaultVerdict.Sounder, soundness);
        }

        bool same = ours == theirs && ours < 2 && await HoldTheSameAsync(oracleFolder, ownFolder);
        return (same ? FaultVerdict.OtherPlaces : FaultVerdict.Unexplained, soundness);
    }

    /// <summary>Whether QEMU alone told that an image is corrupt.</summary>
    public static bool IsCorruptedByQemu(string expected, string found)
        => expected.Contains("BLOCK_IMAGE_CORRUPTED", StringComparison.Ordinal) && !found.Contains("BLOCK_IMAGE_CORRUPTED", StringComparison.Ordinal);

    /// <summary>How sound an image is: 0 is clean, 1 has leaks, 2 is corrupt, 3 cannot be checked.</summary>
    public static async Task<int> CheckAsync(string folder)
    {
        ToolResult result = await ToolRunner.RunAsync("qemu-img", ["check", "--image-opts", Options(folder)], folder, CancellationToken.None);
        return result.ExitCode switch { 0 => 0, 3 => 1, 2 => 2, _ => 3 };
    }

    // Bitmaps are in the replies already, but for their bits: those are compared where an image still has all of them.
    private static async Task<bool> HoldTheSameAsync(string oracleFolder, string ownFolder)
    {
        ToolResult result = await ToolRunner.RunAsync(
            "qemu-img", ["compare", "-q", "--image-opts", Options(oracleFolder), Options(ownFolder)], ownFolder, CancellationToken.None);
        return result.ExitCode == 0;
    }

    private static string Options(string folder)
    {
        string options = $"driver=qcow2,file.filename={folder}/image";
        byte[] start = new byte[4096];
        using FileStream image = File.OpenRead(Path.Combine(folder, "image"));
        int length = image.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return start.AsSpan(0, length).IndexOf("split.data"u8) >= 0
            ? options + $",data-file.driver=file,data-file.filename={folder}/other"
            : options;
    }

    [GeneratedRegex("\"virtual-size\": [0-9]+, \"filename\": \"TEST_DIR/(image|other)\", \"format\": \"file\"")]
    private static partial Regex FileSize();
}
