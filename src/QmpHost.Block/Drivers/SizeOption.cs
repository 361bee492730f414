using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Keyval;

namespace QmpHost.Block.Drivers;

/// <summary>Options of drivers that are sizes in bytes: the schema lets them be negative, QEMU's drivers do not.</summary>
internal static class SizeOption
{
    /// <summary>Gives the value back if it is a size.</summary>
    /// <param name="node">The node whose option it is.</param>
    /// <param name="name">The option's name.</param>
    /// <param name="value">Its value, or null where it is not given.</param>
    /// <exception cref="QmpException">It is negative.</exception>
    public static long? Check(BlockNode node, string name, long? value) => value is not < 0
        ? value
        : throw new QmpException(node.Graph.Context.Profile.Has(Behaviour.NegativeSizesAreNamed)
            ? $"Value '{value}' is out of range for parameter '{name}'"
            : CommandLineScalar.NoSize(name));
}
