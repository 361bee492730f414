using System.Globalization;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Fuzz;

/// <summary>Random commands on few names, so that what clients ask for meets in the middle of everything.</summary>
/// <param name="random">Where chance comes from.</param>
/// <param name="folder">Where images and sockets are.</param>
internal sealed class StressCommands(Random random, string folder)
{
    private static readonly string[] Nodes = ["d0", "d1", "d2", "d3", "t0", "t1", "o0", "o1", "q", "f0", "f1", "x0", "x1", "x2"];

    // What a mirror's filter passes on waits for its target: a target that leads back to the filter waits for itself, in QEMU too.
    private static readonly string[] Unfiltered = [.. Nodes.Where(static name => name[0] != 'f')];
    private static readonly string[] Overlays = ["o0", "o1"];
    private static readonly string[] Devices = ["v0", "v1"];
    private static readonly string[] Jobs = ["j0", "j1", "j2"];
    private static readonly string[] Exports = ["e0", "e1"];
    private static readonly string[] Bitmaps = ["b0", "b1"];
    private static readonly string[] SyncModes = ["full", "top", "none", "bitmap"];
    private static readonly string[] Verbs = ["cancel", "pause", "resume", "complete", "finalize", "dismiss"];

    /// <summary>The commands that make what the others work on.</summary>
    /// <param name="folder">Where images and sockets are.</param>
    public static IEnumerable<string> SetUp(string folder) =>
    [
        "{'execute':'object-add','arguments':{'qom-type':'throttle-group','id':'g','limits':{'iops-total':400}}}",
        "{'execute':'blockdev-add','arguments':{'driver':'null-co','node-name':'d0','size':1048576,'latency-ns':2000000}}",
        "{'execute':'blockdev-add','arguments':{'driver':'throttle','throttle-group':'g','node-name':'d1','file':{'driver':'null-co','size':1048576}}}",
        "{'execute':'blockdev-add','arguments':{'driver':'blkdebug','node-name':'d2','image':{'driver':'null-co','size':1048576},"
            + "'inject-error':[{'event':'write_aio','errno':28},{'event':'read_aio','errno':5,'once':true}]}}",
        $"{{'execute':'blockdev-create','arguments':{{'job-id':'c0','options':{{'driver':'file','filename':'{folder}/disk','size':0}}}}}}",
        $"{{'execute':'blockdev-add','arguments':{{'driver':'file','filename':'{folder}/disk','node-name':'p'}}}}",
        "{'execute':'blockdev-create','arguments':{'job-id':'c1','options':{'driver':'qcow2','file':'p','size':1048576,'cluster-size':4096}}}",
        "{'execute':'blockdev-add','arguments':{'driver':'qcow2','file':'p','node-name':'d3'}}",
        "{'execute':'blockdev-add','arguments':{'driver':'null-co','node-name':'t0','size':1048576,'latency-ns':1000000}}",
        "{'execute':'blockdev-add','arguments':{'driver':'null-co','node-name':'t1','size':1048576}}",
        "{'execute':'blockdev-add','arguments':{'driver':'quorum','node-name':'q','vote-threshold':1,'children':[{'driver':'null-co','size':1048576},'t1']}}",
        .. Overlays.SelectMany(name => SetUpOverlay(folder, name)),
        "{'execute':'device_add','arguments':{'driver':'virtio-scsi-pci','id':'s'}}",
    ];

    private static IEnumerable<string> SetUpOverlay(string folder, string name) =>
    [
        $"{{'execute':'blockdev-create','arguments':{{'job-id':'c-{name}','options':{{'driver':'file','filename':'{folder}/{name}','size':0}}}}}}",
        $"{{'execute':'blockdev-add','arguments':{{'driver':'file','filename':'{folder}/{name}','node-name':'p-{name}'}}}}",
        $"{{'execute':'blockdev-create','arguments':{{'job-id':'d-{name}','options':{{'driver':'qcow2','file':'p-{name}','size':1048576}}}}}}",
        $"{{'execute':'blockdev-add','arguments':{{'driver':'qcow2','file':'p-{name}','node-name':'{name}','backing':null}}}}",
    ];

    /// <summary>The address of the NBD server.</summary>
    public static string SocketOf(string folder) => Path.Combine(folder, "nbd");

    /// <summary>A command of a QMP client.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>The command's name.</returns>
    public string Next(out QDict? arguments)
    {
        (string name, string? text) = Choose();
        arguments = text is null ? null : (QDict)JsonParser.Parse(text);
        return name;
    }

    /// <summary>A line of a human monitor.</summary>
    public string NextLine() => random.Next(11) switch
    {
        8 => $"qemu-io -d {Any(Devices)} \"write -P {random.Next(256)} {random.Next(16) * 65536} 64k\"",
        9 => $"block_stream {Any(Devices)}",
        10 => $"drive_del {Any(Nodes)}",
        0 => "info block",
        1 => "info block-jobs",
        2 => "info status",
        3 => "stop",
        4 => "cont",
        5 => $"qemu-io {Any(Nodes)} \"read {random.Next(16) * 65536} 64k\"",
        6 => $"qemu-io {Any(Nodes)} \"discard {random.Next(16) * 65536} 64k\"",
        _ => $"qemu-io {Any(Nodes)} \"write -P {random.Next(256)} {random.Next(16) * 65536} 64k\"",
    };

    /// <summary>The lines of a guest that has a disk over NBD, from its coming to its going.</summary>
    public IEnumerable<string> Guest()
    {
        yield return $"{{'execute':'blockdev-add','arguments':{{'driver':'nbd','node-name':'n','export':'{Any(Exports)}',"
            + $"'server':{{'type':'unix','path':'{SocketOf(folder)}'}}}}}}";
        for (int i = random.Next(6); i > 0; i--)
        {
            string verb = Any("read", "write -P 3", "write -z", "discard");
            yield return $"{{'execute':'human-monitor-command','arguments':{{'command-line':'qemu-io n \"{verb} {random.Next(16) * 65536} 64k\"'}}}}";
        }

        yield return "{'execute':'blockdev-del','arguments':{'node-name':'n'}}";
    }

    private (string Name, string? Arguments) Choose() => random.Next(38) switch
    {
        0 => ("blockdev-add", $"{{'driver':'raw','node-name':'{Any("x0", "x1", "x2")}','file':'{Any(Nodes)}'}}"),
        1 => ("blockdev-add", $"{{'driver':'{Any("null-co", "null-aio")}','node-name':'{Any(Nodes)}','size':1048576,'latency-ns':{random.Next(3) * 1000000}}}"),
        2 => ("blockdev-add", $"{{'driver':'copy-before-write','node-name':'{Any("x0", "f0")}','file':'{Any(Nodes)}','target':'{Any(Nodes)}'}}"),
        3 or 4 => ("blockdev-del", $"{{'node-name':'{Any(Nodes)}'}}"),
        5 or 6 or 7 => ("blockdev-backup", Backup()),
        8 => ("transaction", $"{{'actions':[{{'type':'blockdev-backup','data':{Backup()}}},{{'type':'blockdev-backup','data':{Backup()}}}],"
            + $"'properties':{{'completion-mode':'{Any("grouped", "individual")}'}}}}"),
        9 or 10 => ($"job-{Any(Verbs)}", $"{{'id':'{Any(Jobs)}'}}"),
        11 => BlockJobVerb(),
        12 => ("block-job-set-speed", $"{{'device':'{Any(Jobs)}','speed':{random.Next(3) * 1000000}}}"),
        13 or 14 => ("block-export-add", $"{{'type':'nbd','id':'{Any(Exports)}','node-name':'{Any(Nodes)}','name':'{Any(Exports)}','writable':{Bool()}}}"),
        15 => ("block-export-del", $"{{'id':'{Any(Exports)}','mode':'{Any("safe", "hard")}'}}"),
        16 => random.Next(3) == 0
            ? ("nbd-server-stop", null)
            : ("nbd-server-start", $"{{'addr':{{'type':'unix','data':{{'path':'{SocketOf(folder)}'}}}}}}"),
        17 => ("block-dirty-bitmap-add", $"{{'node':'{Any(Nodes)}','name':'{Any(Bitmaps)}','persistent':{Bool()}}}"),
        18 => ($"block-dirty-bitmap-{Any("remove", "clear", "enable", "disable")}", $"{{'node':'{Any(Nodes)}','name':'{Any(Bitmaps)}'}}"),
        19 => ("block_resize", $"{{'node-name':'{Any(Nodes)}','size':{1048576 + (random.Next(3) * 65536)}}}"),
        20 => (Any("query-jobs", "query-block-jobs", "query-named-block-nodes", "query-block", "query-block-exports", "x-debug-query-block-graph"), null),
        21 => (Any("blockdev-mirror", "blockdev-snapshot", "block-stream", "block-commit"), Other()),
        22 => (Any("stop", "cont"), null),
        23 => ("blockdev-reopen", $"{{'options':[{Reopened()}]}}"),
        24 or 25 => ("blockdev-mirror", Mirror()),
        26 => ("blockdev-snapshot", $"{{'node':'{Any(Nodes)}','overlay':'{Any(Overlays)}'}}"),
        27 => ("block-stream", $"{{'job-id':'{Any(Jobs)}','device':'{Any(Overlays)}','auto-finalize':{Bool()}}}"),
        28 => ("block-commit", $"{{'job-id':'{Any(Jobs)}','device':'{Any("o0", "o1", "d3")}','auto-dismiss':{Bool()}}}"),
        29 => ("device_add", $"{{'driver':'scsi-hd','bus':'s.0','id':'{Any(Devices)}','drive':'{Any(Nodes)}'}}"),
        30 => ("device_del", $"{{'id':'{Any(Devices)}'}}"),
        31 => ("x-blockdev-change", $"{{'parent':'q','{Any("node", "child")}':'{Any("children.0", "children.1", "children.2", "d0", "x0")}'}}"),
        32 => ("blockdev-add", $"{{'driver':'{Any("copy-on-read", "throttle")}','node-name':'{Any("x1", "f1")}','file':'{Any(Nodes)}'{(random.Next(2) == 0 ? ",'throttle-group':'g'" : "")}}}"),
        33 => ("transaction", $"{{'actions':[{{'type':'blockdev-snapshot','data':{{'node':'{Any(Nodes)}','overlay':'{Any(Overlays)}'}}}},"
            + $"{{'type':'block-dirty-bitmap-add','data':{{'node':'{Any(Nodes)}','name':'{Any(Bitmaps)}'}}}},{{'type':'blockdev-backup','data':{Backup()}}}]}}"),
        34 => ("change-backing-file", $"{{'device':'{Any(Nodes)}','image-node-name':'{Any(Overlays)}','backing-file':'{folder}/disk'}}"),
        _ => ("human-monitor-command", $"{{'command-line':{new QString(NextLine())}}}"),
    };

    private string Reopened() => random.Next(3) switch
    {
        0 => $"{{'driver':'raw','node-name':'{Any("x0", "x1")}','file':'{Any(Nodes)}'}}",
        1 => $"{{'driver':'qcow2','node-name':'{Any(Overlays)}','file':'p-{Any(Overlays)}','backing':{(random.Next(2) == 0 ? "null" : $"'{Any(Nodes)}'")},'read-only':{Bool()}}}",
        _ => $"{{'driver':'throttle','node-name':'d1','throttle-group':'g','file':'{Any(Unfiltered)}'}}",
    };

    private string Mirror() => $"{{'job-id':'{Any(Jobs)}','device':'{Any(Nodes)}','target':'{Any(Nodes)}','sync':'{Any("full", "top", "none")}',"
        + $"'filter-node-name':'{Any("f0", "f1")}','copy-mode':'{Any("background", "write-blocking")}','auto-finalize':{Bool()},'auto-dismiss':{Bool()},"
        + $"'speed':{random.Next(2) * 2000000}}}";

    private (string Name, string? Arguments) BlockJobVerb()
    {
        string verb = Any(Verbs);
        return ($"block-job-{verb}", verb is "finalize" or "dismiss" ? $"{{'id':'{Any(Jobs)}'}}" : $"{{'device':'{Any(Jobs)}'}}");
    }

    // Of these commands, each takes some of the members and refuses the others: both are wanted.
    private string Other() => random.Next(4) switch
    {
        0 => $"{{'job-id':'{Any(Jobs)}','device':'{Any(Nodes)}','target':'{Any(Nodes)}','sync':'{Any("full", "top", "none")}','filter-node-name':'{Any("f0", "f1")}'}}",
        1 => $"{{'node':'{Any(Nodes)}','overlay':'{Any(Nodes)}'}}",
        _ => $"{{'job-id':'{Any(Jobs)}','device':'{Any(Nodes)}','filter-node-name':'{Any("f0", "f1")}'}}",
    };

    private string Backup()
    {
        string sync = Any(SyncModes);
        string bitmap = sync == "bitmap" || random.Next(4) == 0
            ? $",'bitmap':'{Any(Bitmaps)}','bitmap-mode':'{Any("on-success", "never", "always")}'"
            : "";
        string more = random.Next(2) == 0 ? $",'on-target-error':'{Any("report", "ignore", "stop", "enospc")}'" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{{'job-id':'{Any(Jobs)}','device':'{Any(Nodes)}','target':'{Any(Nodes)}','sync':'{sync}','filter-node-name':'{Any("f0", "f1")}',"
                + $"'auto-finalize':{Bool()},'auto-dismiss':{Bool()},'speed':{random.Next(2) * 2000000}{bitmap}{more}}}");
    }

    private string Any(params string[] names) => names[random.Next(names.Length)];

    private string Bool() => random.Next(3) == 0 ? "false" : "true";
}
