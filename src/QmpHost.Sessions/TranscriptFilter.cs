using System.Globalization;
using System.Text.RegularExpressions;

namespace QmpHost.Sessions;

/// <summary>
/// Everything in a transcript that differs from run to run or from machine to machine is replaced here, and only here.
/// A filter replaces what cannot be equal; a difference in behaviour must never be hidden by one.
/// </summary>
public sealed partial class TranscriptFilter
{
    private readonly string _directory;
    private readonly Dictionary<string, string> _generatedNames = [];

    /// <summary>Creates the filters of one session whose files live in <paramref name="directory"/>.</summary>
    public TranscriptFilter(string directory)
    {
        _directory = directory;
    }

    /// <summary>Filters what a monitor sent.</summary>
    public string Message(string text)
    {
        text = Common(text);
        text = Seconds().Replace(text, "\"seconds\": \"SECS\"");
        text = Microseconds().Replace(text, "\"microseconds\": \"USECS\"");
        text = Micro().Replace(text, "\"micro\": \"MICRO\"");
        text = Package().Replace(text, "\"package\": \"PACKAGE\"");
        text = ActualSize().Replace(text, "\"actual-size\": \"SIZE\"");
        text = Nanoseconds().Replace(text, "\"$1_ns\": \"NS\"");
        text = SnapshotDate().Replace(text, "\"date-$1sec\": \"DATE\"");
        text = SnapshotTime().Replace(text, "\"vm-clock-$1sec\": \"TIME\"");
        text = VmStateSize().Replace(text, "\"vm-state-size\": \"SIZE\"");
        text = SnapshotRow().Replace(text, match => $" {match.Groups["size"].Value switch { "0 B" => "0 B", _ => "SIZE" }} DATE CLOCK ");
        text = SnapshotNameOfTime().Replace(text, "vm-TIME");
        text = VolumeUuid().Replace(text, "\"uuid\": \"UUID\"");
        text = ContentId().Replace(text, "\"$1cid\": \"CID\"");
        text = ElidedFlushes().Replace(text, "TLB elided flushes  COUNT");
        text = HostAddress().Replace(text, "HVA  $1");
        return ThreadId().Replace(text, "\"thread-id\": \"TID\"");
    }

    /// <summary>Filters what a program wrote to standard output or standard error.</summary>
    public string Output(string text)
    {
        text = Common(text);
        text = ProgramName().Replace(text, "PROG:");
        text = GuessedContent().Replace(text, "$1CONTENT");
        text = SignalSender().Replace(text, "$1");
        text = DiskSize().Replace(text, "disk size: SIZE");
        text = ActualSize().Replace(text, "\"actual-size\": \"SIZE\"");
        text = DateCreated().Replace(text, "date: DATE");
        text = TerseRate().Replace(text, "$1,XX:XX:XX.X,XXX,XXX");
        return OperationRate().Replace(text, "X ops; XX:XX:XX.X (XXX YYY/sec and XXX ops/sec)");
    }

    // QEMU's generated names end in two random digits; the part before counts nodes that the session may never see.
    private string Common(string text)
    {
        text = text.Replace(_directory, "TEST_DIR", StringComparison.Ordinal);
        text = TemporaryImage().Replace(text, "/var/tmp/vl.XXXXXX");
        return GeneratedName().Replace(text, match =>
        {
            if (!_generatedNames.TryGetValue(match.Value, out string? name))
            {
                name = "#block-" + (_generatedNames.Count + 1).ToString(CultureInfo.InvariantCulture);
                _generatedNames.Add(match.Value, name);
            }

            return name;
        });
    }

    [GeneratedRegex("/var/tmp/vl\\.[A-Za-z0-9]{6}")]
    private static partial Regex TemporaryImage();

    [GeneratedRegex("#block[0-9]+")]
    private static partial Regex GeneratedName();

    [GeneratedRegex("\"seconds\": [0-9]+")]
    private static partial Regex Seconds();

    [GeneratedRegex("\"microseconds\": [0-9]+")]
    private static partial Regex Microseconds();

    [GeneratedRegex("\"micro\": [0-9]+")]
    private static partial Regex Micro();

    [GeneratedRegex("\"package\": \"[^\"]*\"")]
    private static partial Regex Package();

    [GeneratedRegex("\"actual-size\": [0-9]+")]
    private static partial Regex ActualSize();

    [GeneratedRegex("\"([a-z_]+)_ns\": [0-9]+")]
    private static partial Regex Nanoseconds();

    [GeneratedRegex("\"date-(n?)sec\": [0-9]+")]
    private static partial Regex SnapshotDate();

    // How long a guest has run that stands still is part of the answer.
    [GeneratedRegex("\"vm-clock-(n?)sec\": (?!0\\b)[0-9]+")]
    private static partial Regex SnapshotTime();

    // What the devices of a machine keep is another thing here than there; that nothing is kept is part of the answer.
    [GeneratedRegex("\"vm-state-size\": [1-9][0-9]*")]
    private static partial Regex VmStateSize();

    [GeneratedRegex(" +(?<size>[0-9.]+ [KMG]?i?B) [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} +[0-9:]{8,}\\.[0-9]{3} +")]
    private static partial Regex SnapshotRow();

    [GeneratedRegex("vm-20[0-9]{12}")]
    private static partial Regex SnapshotNameOfTime();

    [GeneratedRegex("\"uuid\": \"[0-9a-f]{8}-[-0-9a-f]{27}\"")]
    private static partial Regex VolumeUuid();

    // All ones stand for no image at all.
    [GeneratedRegex("\"(parent-)?cid\": (?!4294967295)[0-9]+")]
    private static partial Regex ContentId();

    // Counts how often the machine's memory was laid out anew while it was made.
    [GeneratedRegex("TLB elided flushes  [0-9]+")]
    private static partial Regex ElidedFlushes();

    // Where the system has put a block of the guest's memory.
    [GeneratedRegex("0x[0-9a-f]{16}  (r[wo])")]
    private static partial Regex HostAddress();

    [GeneratedRegex("\"thread-id\": [0-9]+")]
    private static partial Regex ThreadId();

    [GeneratedRegex(@"^(\S*/)?(qemu-system-x86_64|qemu-storage-daemon|qemu-img|qemu-io|qmphost( system| storage-daemon)?):", RegexOptions.Multiline)]
    private static partial Regex ProgramName();

    // nbdinfo asks the machine's file(1) what the first bytes look like.
    [GeneratedRegex("(\tcontent: |\t\"content\": )[^\n]*")]
    private static partial Regex GuessedContent();

    [GeneratedRegex(@"(terminating on signal [0-9]+) from pid [0-9]+ \([^)]*\)")]
    private static partial Regex SignalSender();

    [GeneratedRegex("disk size: [0-9.]+ [KMG]?i?B")]
    private static partial Regex DiskSize();

    [GeneratedRegex("date: [-0-9 :]+")]
    private static partial Regex DateCreated();

    [GeneratedRegex(@"^([0-9]+,[0-9]+),[0-9:.]+,[0-9.]+,[0-9.]+$", RegexOptions.Multiline)]
    private static partial Regex TerseRate();

    [GeneratedRegex(@"[0-9]+ ops; [0-9.:]+ (sec )?\([0-9.a-z]+ ?[KMGTPE]?i?[Bb](ytes)?/sec and [0-9.]+ ops/sec\)")]
    private static partial Regex OperationRate();
}
