using System.Globalization;
using QmpHost.Hosting.CommandLine;
using QmpHost.Qapi;
using QmpHost.Qapi.Keyval;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs;

/// <summary>A -drive option: what is the drive's, and what is the image's.</summary>
/// <param name="Interface">How the drive is attached: "none", "virtio", …; null for the machine's own way.</param>
/// <param name="Id">Its id, or null.</param>
/// <param name="Bus">The bus, or null.</param>
/// <param name="Unit">The unit on it, or null.</param>
/// <param name="Filename">The image, or null.</param>
/// <param name="HasWriteCache">Whether the guest has to flush what it writes.</param>
/// <param name="Image">The options of the image's node, flattened.</param>
internal sealed record DriveOptions(string? Interface, string? Id, int Bus, int? Unit, string? Filename, bool HasWriteCache, QDict Image)
{
    private static readonly string[] Interfaces = ["none", "ide", "scsi", "floppy", "pflash", "mtd", "sd", "virtio", "xen"];
    private static readonly string[] ErrorActions = ["ignore", "enospc", "stop", "report", "auto"];

    // Of two names the second one counts.
    private static readonly (string Older, string Name)[] Aliases =
    [
        ("iops", "throttling.iops-total"), ("iops_rd", "throttling.iops-read"), ("iops_wr", "throttling.iops-write"),
        ("bps", "throttling.bps-total"), ("bps_rd", "throttling.bps-read"), ("bps_wr", "throttling.bps-write"),
        ("iops_max", "throttling.iops-total-max"), ("iops_rd_max", "throttling.iops-read-max"), ("iops_wr_max", "throttling.iops-write-max"),
        ("bps_max", "throttling.bps-total-max"), ("bps_rd_max", "throttling.bps-read-max"), ("bps_wr_max", "throttling.bps-write-max"),
        ("iops_size", "throttling.iops-size"), ("group", "throttling.group"), ("readonly", "read-only"),
    ];

    // What a drive keeps for the medium that it has not got yet.
    private static readonly string[] KeptWithoutImage = ["read-only", "aio"];
    private static readonly string[] KeptFamilies = ["throttling.", "stats-"];

    /// <summary>Whether the option asks which formats there are, instead of adding a drive.</summary>
    public bool AsksForFormats { get; private init; }

    /// <summary>The place as one number over all buses, or null.</summary>
    public int? Index { get; private init; }

    /// <summary>Whether the drive is for optical media.</summary>
    public bool IsOptical { get; private init; }

    /// <summary>Whether what is read from a backing file is kept in the image.</summary>
    public bool CopiesOnRead { get; private init; }

    /// <summary>Whether what is written goes to a temporary image above.</summary>
    public bool IsSnapshot { get; private init; }

    /// <summary>Whether the guest is not to write.</summary>
    public bool IsReadOnly { get; private init; }

    /// <summary>How much is let through, or null for an image without an option.</summary>
    public DriveThrottling? Throttling { get; private init; }

    /// <summary>What is done with zeroes that are written, discards wanted or not.</summary>
    public BlockdevDetectZeroesOptions DetectZeroes { get; private init; } = BlockdevDetectZeroesOptions.Off;

    /// <summary>Whether requests that cannot be carried out count in statistics.</summary>
    public bool CountsInvalid { get; private init; } = true;

    /// <summary>Whether requests that failed count in times and idleness.</summary>
    public bool CountsFailed { get; private init; } = true;

    /// <summary>What happens when a device fails to write, or null.</summary>
    public string? OnWriteError { get; private init; }

    /// <summary>What happens when a device fails to read, or null.</summary>
    public string? OnReadError { get; private init; }

    /// <summary>Whether the drive has no medium.</summary>
    public bool IsEmpty => Filename is null && !Image.Any(option => option.Key is "driver" or "file" || IsOfFile(option.Key));

    /// <summary>Reads an option's value.</summary>
    /// <param name="text">The value.</param>
    /// <param name="warn">Tells of what is taken but should be written otherwise.</param>
    /// <exception cref="CommandLineException">It is wrong; the message is QEMU's, without the option before it.</exception>
    /// <returns>The drive.</returns>
    public static DriveOptions Parse(string text, Action<string> warn)
    {
        QemuOpts opts = OptionGroups.Drive.Read(text, warn);
        foreach ((string older, string name) in Aliases)
        {
            opts.Rename(older, name);
        }

        CheckPlace(opts);
        var image = new QDict();
        foreach (string key in opts.Keys.Where(key => !IsOfDrive(key)))
        {
            image.Put(key == "format" ? "driver" : key, new QString(opts[key]!));
        }

        JoinOverlapChecks(image);
        if (opts["discard"] is { } discard)
        {
            image.Put("discard", new QString(discard is "unmap" or "on" ? "unmap" : "ignore"));
        }

        bool isReadOnly = opts.GetBool("read-only", false) || opts["media"] == "cdrom", isSnapshot = opts.GetBool("snapshot", false);
        if (isReadOnly || isSnapshot)
        {
            image.Put("read-only", new QString("on"));
        }

        (bool? direct, bool? noFlush, bool writeback) = ParseCache(opts["cache"]);
        PutSwitch(image, "cache.direct", direct);
        PutSwitch(image, "cache.no-flush", noFlush);
        PutAio(image, opts["aio"]);
        bool copiesOnRead = opts.GetBool("copy-on-read", false);
        bool countsInvalid = opts.GetBool("stats-account-invalid", true), countsFailed = opts.GetBool("stats-account-failed", true);
        var drive = new DriveOptions(
            opts["if"],
            opts["id"],
            ParseNumber(opts, "bus") ?? 0,
            Given(ParseNumber(opts, "unit")),
            opts["file"] is { Length: > 0 } file ? file : null,
            opts.GetBool("cache.writeback", writeback),
            image)
        {
            Index = Given(ParseNumber(opts, "index")),
            IsOptical = opts["media"] == "cdrom",
            CopiesOnRead = copiesOnRead,
            IsSnapshot = isSnapshot,
            IsReadOnly = isReadOnly,
            Throttling = DriveThrottling.Read(opts),
            DetectZeroes = ReadDetectZeroes(opts["detect-zeroes"]),
            CountsInvalid = countsInvalid,
            CountsFailed = countsFailed,
            OnWriteError = opts["werror"],
            OnReadError = opts["rerror"],
        };
        if (drive.Index is not null && (drive.Bus != 0 || drive.Unit is not null))
        {
            throw new CommandLineException("index cannot be used with bus and unit");
        }

        if (opts["format"] is "help" or "?")
        {
            return drive with { AsksForFormats = true };
        }

        CheckImage(opts);
        return drive.IsEmpty && !HasOnlyWhatIsKept(opts) ? throw new CommandLineException("Must specify either driver or file") : drive;
    }

    /// <summary>The drive that an image without an option stands for.</summary>
    /// <param name="filename">The image.</param>
    public static DriveOptions OfOperand(string filename) => new(null, null, 0, null, filename, true, []) { Index = 0 };

    private static bool HasOnlyWhatIsKept(QemuOpts opts) => !opts.WantsHelp && opts.Keys.All(static key
        => (IsOfDrive(key) && !key.StartsWith("cache", StringComparison.Ordinal))
        || KeptWithoutImage.Contains(key)
        || Array.Exists(KeptFamilies, family => key.StartsWith(family, StringComparison.Ordinal)));

    private static bool IsOfFile(string key) => key.StartsWith("file.", StringComparison.Ordinal);

    private static bool IsOfDrive(string key) => key is "if" or "id" or "bus" or "unit" or "index" or "file" or "media"
        or "cache" or "cache.writeback" or "aio" or "werror" or "rerror" or "copy-on-read" or "snapshot" or "detect-zeroes"
        or "stats-account-invalid" or "stats-account-failed" || DriveThrottling.HasKey(key);

    // What is found before the answer to which formats there are.
    private static void CheckPlace(QemuOpts opts)
    {
        if (opts["if"] is { } type && !Interfaces.Contains(type))
        {
            throw new CommandLineException($"unsupported bus type '{type}'");
        }

        if (opts["media"] is not (null or "disk" or "cdrom"))
        {
            throw new CommandLineException($"'{opts["media"]}' invalid media");
        }
    }

    private static BlockdevDetectZeroesOptions ReadDetectZeroes(string? text)
    {
        if (text is null)
        {
            return BlockdevDetectZeroesOptions.Off;
        }

        return BlockdevDetectZeroesOptionsEnum.TryParse(text, out BlockdevDetectZeroesOptions mode)
            ? mode
            : throw new CommandLineException($"invalid parameter value: {text}");
    }

    private static void CheckImage(QemuOpts opts)
    {
        if (opts["driver"] is not null && opts["format"] is not null)
        {
            throw new CommandLineException("Cannot specify both 'driver' and 'format'");
        }

        CheckErrorAction(opts["werror"], "write");
        CheckErrorAction(opts["rerror"], "read");
        if (opts["discard"] is not (null or "ignore" or "off" or "unmap" or "on"))
        {
            throw new CommandLineException("Invalid discard option");
        }
    }

    private static void CheckErrorAction(string? action, string kind)
    {
        if (action is not null && !ErrorActions.Contains(action))
        {
            throw new CommandLineException($"'{action}' invalid {kind} error action");
        }
    }

    private static (bool? Direct, bool? NoFlush, bool Writeback) ParseCache(string? mode) => mode switch
    {
        null => (null, null, true),
        "none" or "off" => (true, null, true),
        "directsync" => (true, null, false),
        "writeback" => (null, null, true),
        "unsafe" => (null, true, true),
        "writethrough" => (null, null, false),
        _ => throw new CommandLineException("invalid cache option"),
    };

    private static void PutAio(QDict image, string? aio)
    {
        if (aio is null)
        {
            return;
        }

        if (aio is not ("threads" or "native" or "io_uring"))
        {
            throw new CommandLineException("invalid aio option");
        }

        image.TryAdd("aio", new QString(aio));
    }

    private static void PutSwitch(QDict image, string key, bool? value)
    {
        if (value is { } on)
        {
            image.TryAdd(key, new QString(on ? "on" : "off"));
        }
    }

    // A number of 64 bits of which the lower half counts.
    private static int? ParseNumber(QemuOpts opts, string key) => opts[key] switch
    {
        null => null,
        { } text when CommandLineScalar.ReadNumber(text) is { } number => unchecked((int)number),
        _ => throw new CommandLineException($"Parameter '{key}' expects a number"),
    };

    // To the drive, minus one is as good as nothing.
    private static int? Given(int? number) => number == -1 ? null : number;

    // The template of the checks has two names, of which one can stand beside single checks.
    private static void JoinOverlapChecks(QDict image)
    {
        const string Checks = "overlap-check";
        const string Template = Checks + ".template";
        if (!image.TryGetValue(Checks, out QObject? given) || given is not QString checks
            || !image.Any(static option => option.Key.StartsWith(Checks + ".", StringComparison.Ordinal)))
        {
            return;
        }

        if (image.TryGetValue(Template, out QObject? other) && other is QString template && template.Value != checks.Value)
        {
            throw new CommandLineException(
                $"Conflicting values for qcow2 options '{Checks}' ('{checks.Value}') and '{Template}' ('{template.Value}')");
        }

        image.Remove(Checks);
        image.Put(Template, checks);
    }
}
