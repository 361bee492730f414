using QmpHost.Commands.Hosting;
using QmpHost.Qapi;
using QmpHost.Qapi.Files;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/misc-target.json: there is a clock, and neither encrypted memory nor enclaves.</summary>
/// <param name="host">The host.</param>
public sealed class MiscTargetCommandHandler(HostServices host) : IMiscTargetCommands
{
    /// <inheritdoc/>
    public ValueTask RtcResetReinjectionAsync(CommandContext context) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<SevInfo> QuerySevAsync(CommandContext context) => ValueTask.FromResult<SevInfo>(new SevInfo.Sev
    {
        Enabled = false,
        ApiMajor = 0,
        ApiMinor = 0,
        BuildId = 0,
        Policy = 0,
        State = SevState.Uninit,
        Handle = 0,
    });

    /// <inheritdoc/>
    public ValueTask<SevLaunchMeasureInfo> QuerySevLaunchMeasureAsync(CommandContext context)
        => throw new QmpException("SEV launch measurement is not available");

    /// <inheritdoc/>
    public ValueTask<SevCapability> QuerySevCapabilitiesAsync(CommandContext context) => throw new QmpException("KVM not enabled");

    /// <inheritdoc/>
    public ValueTask SevInjectLaunchSecretAsync(SevInjectLaunchSecretArguments arguments, CommandContext context)
        => throw new QmpException("SEV not enabled for guest");

    /// <inheritdoc/>
    public ValueTask<SevAttestationReport> QuerySevAttestationReportAsync(QuerySevAttestationReportArguments arguments, CommandContext context)
        => throw new QmpException("SEV is not enabled");

    /// <inheritdoc/>
    public ValueTask<SGXInfo> QuerySgxAsync(CommandContext context) => throw new QmpException(host.Processors.Count > 0
        ? "No EPC regions defined, SGX not available"
        : "SGX is only supported on PC machines");

    /// <inheritdoc/>
    public ValueTask<SGXInfo> QuerySgxCapabilitiesAsync(CommandContext context) => throw new QmpException(DescribeLackOfEnclaves(context.Profile));

    private static string DescribeLackOfEnclaves(VersionProfile profile)
    {
        const string device = "/dev/sgx_vepc";
        if (profile.Has(Behaviour.EnclavesNeedTheirDevice))
        {
            using FileStream? file = SystemFile.Open(device, FileMode.Open, FileAccess.ReadWrite, out int error);
            if (file is null)
            {
                return $"Could not open '{device}': {SystemFile.Describe(error)}";
            }
        }

        return "SGX is not enabled in KVM";
    }
}
