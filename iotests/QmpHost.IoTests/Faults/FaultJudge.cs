using System.Text.RegularExpressions;
using QmpHost.Sessions;

namespace QmpHost.IoTests.Faults;

/// <summary>Judges what two hosts said and left in their files.</summary>
internal static partial class FaultJudge
{
    private static readonly string[] Words = ["clean", "leaks", "corrupt", "unreadable"];

    /// <summary>Why an outcome may differ from QEMU's although it is right.</summary>
    /// <param name="played">The case.</param>
    /// <param name="expected">What QEMU said.</param>
    /// <param name="found">What QmpHost said.</param>
    /// <param name="oracleFolder">QEMU's files.</param>
    /// <param name="ownFolder">QmpHost's files.</param>
    /// <returns>The verdict, and how sound either image is, in words.</returns>
    public static async Task<(FaultVerdict Verdict, string Soundness)> ExplainAsync(
        IPlayedCase played, string expected, string found, string oracleFolder, string ownFolder)
    {
        int theirs = await CheckAsync(oracleFolder);
        int ours = await CheckAsync(ownFolder);
        string soundness = $"QEMU's: {Words[theirs]}; ours: {Words[ours]}";
        if (ours == 0 && SharedClusters.Has(Path.Combine(oracleFolder, "image")) && !SharedClusters.Has(Path.Combine(ownFolder, "image")))
        {
            return (FaultVerdict.QemuCorrupts, soundness);
        }

        if (ours == 0 && expected.Contains("write failed", StringComparison.Ordinal)
            && SharedClusters.CountCompressed(Path.Combine(ownFolder, "image")) < SharedClusters.CountCompressed(Path.Combine(oracleFolder, "image"))
            && Simplify(WithoutLosses(expected)) == Simplify(WithoutLosses(found)))
        {
            return (FaultVerdict.Sounder, soundness);
        }

        if (ours <= theirs && (IsOfCompressedWrite(played, expected, found) || (played is MutationCase && IsOfFarClusters(expected, found))))
        {
            return (FaultVerdict.Sounder, soundness);
        }

        if (ours < theirs && WithoutLosses(expected) == WithoutLosses(found))
        {
            return (FaultVerdict.Sounder, soundness);
        }

        if (Simplify(expected) != Simplify(found))
        {
            return (FaultVerdict.Unexplained, soundness);
        }

        // Where a new image has its tables, and what is in them, follows from the requests by which it is made: those are QEMU's.
        bool same = played is not FaultCase { IsCreation: true } && ours == theirs && await HoldTheSameAsync(oracleFolder, ownFolder);
        return (same ? FaultVerdict.OtherPlaces : FaultVerdict.Unexplained, soundness);
    }

    /// <summary>Looks at what is left unexplained in a case whose course follows from one request that fails.</summary>
    public static async Task<FaultVerdict> ExplainFurtherAsync(
        FaultCase played, string expected, string found, string oracleFolder, string ownFolder, FaultImages images)
    {
        int ours = await CheckAsync(ownFolder);
        if (played.IsCreation)
        {
            return JudgeCreation(
                played, (expected, await CheckAsync(oracleFolder)), (found, ours), SnapshotTimes.Read(Path.Combine(oracleFolder, "image")), SnapshotTimes.Read(Path.Combine(ownFolder, "image")));
        }

        bool isSound = ours < 2 && ours <= await CheckAsync(oracleFolder);
        return isSound && await AcknowledgedDisk.IsFoundAsync(played, found, ownFolder, images) ? FaultVerdict.OtherRequest : FaultVerdict.Unexplained;
    }

    private static FaultVerdict JudgeCreation(
        FaultCase played, (string Said, int Soundness) expected, (string Said, int Soundness) found, byte[] oracle, byte[] own)
    {
        if (CreationError().IsMatch(expected.Said))
        {
            return found.Soundness != 2 && WithoutReopening(expected.Said) == WithoutReopening(found.Said)
                && CreationJudge.IsGivenUp(oracle, own, found.Soundness == 0)
                ? FaultVerdict.GivenUp
                : FaultVerdict.Unexplained;
        }

        // To make the disk empty takes requests that QEMU does not send.
        bool isNoWorse = found.Soundness <= expected.Soundness || !own.AsSpan().StartsWith("QFI"u8);
        bool isEmptied = expected.Said == found.Said ? CreationJudge.ShowsOldContents(oracle, own)
            : CreationError().IsMatch(found.Said) && played.Fault.Contains("write-zeroes", StringComparison.Ordinal) && CreationJudge.ShowsAnything(oracle);
        return isNoWorse && isEmptied ? FaultVerdict.OldContents : FaultVerdict.Unexplained;
    }

    // Up to where the file, which may be an image or none, is opened once more.
    private static string WithoutReopening(string said) => said[..(CreationError().Match(said) is { Success: true } match ? match.Index + match.Length : 0)];

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

    // A listing, and what is printed when an image is opened, show which bitmaps were lost, whether it is corrupt, and how long the file is.
    private static string WithoutLosses(string said)
    {
        string listed = BitmapsOfNode().Replace(BitmapsOfImage().Replace(FileSize().Replace(said, ""), ""), "");
        return LostBitmaps().Replace(Mapped().Replace(listed, ""), "").Replace("\"corrupt\": true", "\"corrupt\": false", StringComparison.Ordinal).TrimEnd();
    }

    // A compressed cluster that could not be written is one that QEMU refers to all the same, and wants to write the table of.
    private static bool IsOfCompressedWrite(IPlayedCase played, string expected, string found)
        => expected.Contains("write failed", StringComparison.Ordinal) && played.Script.Any(static line => line.Contains("write -q -c", StringComparison.Ordinal))
            && FailedFlushOfL2().Replace(expected, "").TrimEnd() == FailedFlushOfL2().Replace(found, "").TrimEnd();

    // QEMU makes blocks that count clusters far behind the end of the file, to which a broken table refers. Where the file cannot be that
    // long, it keeps the block that could not be written, and writes nothing else any more.
    private static bool IsOfFarClusters(string expected, string found)
        => found.Contains("qcow2_free_clusters failed", StringComparison.Ordinal) && expected.Contains("File too large", StringComparison.Ordinal)
            && !found.Contains("write failed", StringComparison.Ordinal) && WithoutFarClusters(expected) == WithoutFarClusters(found);

    private static string WithoutFarClusters(string said) => FarClusters().Replace(LostBlocks().Replace(FileSize().Replace(said, ""), ""), "").TrimEnd();

    // How long the file is, and which of the caches it was that could not be written: QEMU leaves the entry of a compressed cluster
    // that could not be written. Whether anything is left to be written of an image that was given up depends on what was before. For
    // clusters far behind the end of the file, to which a broken table refers, QEMU makes blocks that count them.
    private static string Simplify(string said)
    {
        string simple = LostBlocks().Replace(FileSize().Replace(said, ""), "");
        return said.Contains("Marking image as corrupt", StringComparison.Ordinal) ? FailedFlush().Replace(simple, "").TrimEnd() : Cache().Replace(simple, "cache");
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

    [GeneratedRegex("\"status\": \"concluded\".*\"type\": \"create\".*\"error\": \".*(Input/output error|No space left on device)\"")]
    private static partial Regex CreationError();

    [GeneratedRegex("qcow2_free_clusters failed: (File too large|Invalid argument)\\n?")]
    private static partial Regex LostBlocks();

    [GeneratedRegex("Failed to flush the (L2 table|refcount block) cache: .*\\n?")]
    private static partial Regex FailedFlush();

    [GeneratedRegex("(L2 table|refcount block) cache")]
    private static partial Regex Cache();

    [GeneratedRegex("\"bitmaps\": \\[(\\{[^}]*\\}(, )?)*\\], ")]
    private static partial Regex BitmapsOfImage();

    [GeneratedRegex("\"dirty-bitmaps\": \\[(\\{[^}]*\\}(, )?)*\\], ")]
    private static partial Regex BitmapsOfNode();

    [GeneratedRegex("Failed to flush the L2 table cache: .*\\n?")]
    private static partial Regex FailedFlushOfL2();

    [GeneratedRegex("(write|discard) failed: File too large\\n|Failed to flush the refcount block cache: File too large\\n?")]
    private static partial Regex FarClusters();

    // QEMU counts a compressed cluster that could not be written as one that holds data.
    [GeneratedRegex(".* bytes (not|    ) allocated at offset .*\\n")]
    private static partial Regex Mapped();

    [GeneratedRegex("PROG: warning: a program lacking bitmap support.*\n|Some clusters may be leaked.*\n?")]
    private static partial Regex LostBitmaps();
}
