using QmpHost.Block.Graph;
using QmpHost.Qapi;

namespace QmpHost.Commands.QemuIo;

/// <summary>reopen: gives the node of the disk other options; what is not named stays as it is.</summary>
internal sealed class ReopenCommand : QemuIoCommand
{
    private const string ReadOnly = "read-only";
    private const string Direct = "cache.direct";
    private const string NoFlush = "cache.no-flush";
    private const string Cache = "cache.";

    public override string Name => "reopen";

    public override string Arguments => "[(-r|-w)] [-c cache] [-o options]";

    public override string Description => "reopens an image with new options";

    public override string Details =>
        """

         Changes the open options of an already opened image

         Example:
         'reopen -o lazy-refcounts=on' - activates lazy refcount writeback on a qcow2 image

         -r, -- Reopen the image read-only
         -w, -- Reopen the image read-write
         -c, -- Change the cache mode to the given value
         -o, -- Changes block driver options (cf. 'open' command)

        """;

    public override int MaxArguments => -1;

    public override async ValueTask ExecuteAsync(QemuIoContext context, IReadOnlyList<string> arguments)
    {
        CacheMode? cache = null;
        if (ParseOptions(context, "c:o:rw", arguments, (letter, value) => letter != 'c' || (cache = CacheMode.Find(value)) is not null
            ? true
            : throw new QmpException($"Invalid cache option: {value}")) is not { } options)
        {
            return;
        }

        if (options.Has('r') && options.Has('w'))
        {
            throw new QmpException("Only one -r/-w option may be given");
        }

        if (options.Operands.Count != 0)
        {
            context.Print(OneLine);
            return;
        }

        Dictionary<string, string> changes = Read(options.Options.GetValueOrDefault('o') ?? "");
        bool? readOnly = options.Has('r') ? true : options.Has('w') ? false : null;
        if (readOnly is not null && changes.ContainsKey(ReadOnly))
        {
            throw new QmpException("Cannot set both -r/-w and 'read-only'");
        }

        if (cache is not null && changes.Keys.Any(static key => key.StartsWith(Cache, StringComparison.Ordinal)))
        {
            throw new QmpException("Cannot set both -c and the cache options");
        }

        await ReopenAsync(context, changes, readOnly, cache);
    }

    private static async ValueTask ReopenAsync(QemuIoContext context, Dictionary<string, string> changes, bool? readOnly, CacheMode? cache)
    {
        if (readOnly is { } wanted)
        {
            changes[ReadOnly] = Switch(wanted);
        }

        if (cache is { } mode)
        {
            if (mode.HasWriteCache != context.Backend.HasWriteCache && context.Backend.Device is not null)
            {
                throw new QmpException("Cannot change cache.writeback: Device attached");
            }

            changes[Direct] = Switch(mode.Direct);
            changes[NoFlush] = Switch(mode.NoFlush);
        }

        if (readOnly == true)
        {
            // Whoever does not write any more need not be able to.
            const BlockPermissions Writing = BlockPermissions.Write | BlockPermissions.Resize;
            context.Backend.SetPermissions(context.Backend.Used & ~Writing, context.Backend.Shared);
        }

        await context.Backend.Graph.ReopenWithAsync(context.Backend.Node, changes);
        if (cache is { } changed)
        {
            context.Backend.HasWriteCache = changed.HasWriteCache;
        }
    }

    private static string Switch(bool value) => value ? "on" : "off";

    // name=value, separated by commas, of which two in a row stand for one in a value; a name alone switches on.
    private static Dictionary<string, string> Read(string text)
    {
        const char Escaped = '\u0001';
        var options = new Dictionary<string, string>();
        foreach (string part in text.Replace(",,", Escaped.ToString(), StringComparison.Ordinal).Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string option = part.Replace(Escaped, ',');
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            options[equals < 0 ? option : option[..equals]] = equals < 0 ? "on" : option[(equals + 1)..];
        }

        return options;
    }

    private readonly record struct CacheMode(bool Direct, bool NoFlush, bool HasWriteCache)
    {
        public static CacheMode? Find(string name) => name switch
        {
            "none" or "off" => new CacheMode(true, false, true),
            "directsync" => new CacheMode(true, false, false),
            "writeback" => new CacheMode(false, false, true),
            "unsafe" => new CacheMode(false, true, true),
            "writethrough" => new CacheMode(false, false, false),
            _ => null,
        };
    }
}
