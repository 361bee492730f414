using QmpHost.Sessions;

namespace QmpHost.IoTests.Harness;

/// <summary>A numbered scenario.</summary>
public sealed class ScenarioItem(Scenario scenario, string release) : GoldenItem
{
    /// <inheritdoc/>
    public override string Name => scenario.Number.ToString("D3", System.Globalization.CultureInfo.InvariantCulture) + Suffix;

    /// <summary>The scenario's number.</summary>
    public int Number => scenario.Number;

    /// <inheritdoc/>
    public override string? Remark => scenario.Remark;

    /// <inheritdoc/>
    public override string Release => release;

    /// <inheritdoc/>
    public override string PathUnder(string release) => Corpus.GoldenPath(scenario.Number, release);

    /// <inheritdoc/>
    public override async Task<string> PlayAsync(ISessionTarget target, PlayOptions options = default)
    {
        await using var context = new ScenarioContext(target, IoTestSettings.CreateTools(target), options.Lines);
        try
        {
            await scenario.RunAsync(context);
        }
        catch (Exception e) when (e is not NotSupportedException)
        {
            throw new SessionException($"{e.Message}\n--- log so far ---\n{context.Log}", e);
        }

        return context.Log.ToString();
    }
}
