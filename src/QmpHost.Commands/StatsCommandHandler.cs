using QmpHost.Commands.Hosting;
using QmpHost.Machine.Objects;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/stats.json: without KVM, only objects that encrypt for guests have statistics.</summary>
/// <param name="host">The host.</param>
public sealed class StatsCommandHandler(HostServices host) : IStatsCommands
{
    // What those here can do; of others there are statistics of keys in two parts, too.
    private static readonly string[] Told = ["sym-decrypt-bytes", "sym-encrypt-bytes", "sym-decrypt-ops", "sym-encrypt-ops"];

    private static readonly string[] Known =
    [
        "asym-verify-bytes", "asym-sign-bytes", "asym-decrypt-bytes", "asym-encrypt-bytes", "asym-verify-ops", "asym-sign-ops", "asym-decrypt-ops",
        "asym-encrypt-ops", .. Told,
    ];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StatsResult>> QueryStatsAsync(StatsFilter arguments, CommandContext context)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        bool isAsked = arguments.Target == StatsTarget.Cryptodev && arguments.Providers?.Any(static provider => provider.Provider == StatsProvider.Cryptodev) != false;
        IReadOnlyList<StatsResult> results = isAsked ? [.. host.Objects.All<CryptoDeviceObject>().Reverse().Select(Describe)] : [];
        return ValueTask.FromResult(results);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StatsSchema>> QueryStatsSchemasAsync(QueryStatsSchemasArguments arguments, CommandContext context)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        IReadOnlyList<StatsSchema> schemas = context.Profile.Has(Behaviour.CryptoDevicesAreMeasured) && arguments.Provider is null or StatsProvider.Cryptodev
            ? [new StatsSchema { Provider = StatsProvider.Cryptodev, Target = StatsTarget.Cryptodev, Stats = [.. Known.Select(Describe)] }]
            : [];
        return ValueTask.FromResult(schemas);
    }

    private static StatsSchemaValue Describe(string name) => new() { Name = name, Type = StatsType.Cumulative, Exponent = 0 };

    private static StatsResult Describe(CryptoDeviceObject device) => new()
    {
        Provider = StatsProvider.Cryptodev,
        QomPath = device.Path,
        Stats = device.Class == CryptoDeviceObject.Classes[0] ? [] : [.. Told.Select(static name => new Stats { Name = name, Value = new StatsValue.Scalar(0) })],
    };
}
