using QmpHost.Qapi;

namespace QmpHost.Block.Drivers.Qcow2;

/// <summary>What a drive says of a qcow2 image in words of its own.</summary>
internal static class Qcow2OlderOptions
{
    private const string OverlapCheck = "overlap-check";

    private static readonly string[] Templates = ["none", "constant", "cached", "all"];

    /// <summary>Checks the template of the overlap checks, which the driver names where the schema only says that it is none.</summary>
    /// <param name="options">The options of a node.</param>
    /// <exception cref="QmpException">There is no such template.</exception>
    public static void Translate(QDict options)
    {
        if (options.TryGetValue(OverlapCheck, out QObject? value) && value is QDict checks)
        {
            // Written option by option.
            _ = checks.TryGetValue("template", out value);
        }

        if (value is QString text && !Templates.Contains(text.Value))
        {
            throw new QmpException(
                $"Unsupported value '{text.Value}' for qcow2 option '{OverlapCheck}'. Allowed are any of the following: {string.Join(", ", Templates)}");
        }
    }
}
