using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Commands;

/// <summary>The commands of schema/tpm.json: there can be TPMs, and there is none.</summary>
public sealed class TpmCommandHandler : ITpmCommands
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TpmModel>> QueryTpmModelsAsync(CommandContext context)
        => ValueTask.FromResult<IReadOnlyList<TpmModel>>([TpmModel.TpmCrb, TpmModel.TpmTis]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TpmType>> QueryTpmTypesAsync(CommandContext context)
        => ValueTask.FromResult<IReadOnlyList<TpmType>>([TpmType.Passthrough, TpmType.Emulator]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TPMInfo>> QueryTpmAsync(CommandContext context) => ValueTask.FromResult<IReadOnlyList<TPMInfo>>([]);
}
