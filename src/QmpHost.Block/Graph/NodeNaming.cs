using System.Globalization;
using QmpHost.Qapi;

namespace QmpHost.Block.Graph;

/// <summary>The names of nodes: which are allowed, and those made for nodes that have none.</summary>
internal sealed class NodeNaming
{
    private const int MaxLength = 31;

    // The last two digits are not meant to be guessed from the count; with a fixed seed they are still the same in every run.
    private readonly Random _random = new(257);
    private int _generated;

    /// <summary>Makes a name that no user can choose.</summary>
    public string Generate()
        => string.Create(CultureInfo.InvariantCulture, $"#block{_generated++}{_random.Next(100):D2}");

    /// <summary>Checks the characters of a name that the user chose.</summary>
    public static void CheckForm(string name)
    {
        if (!IsWellFormed(name))
        {
            throw new QmpException($"Invalid node-name: '{name}'");
        }
    }

    /// <summary>Checks the length of a name that the user chose.</summary>
    public static void CheckLength(string name)
    {
        if (name.Length > MaxLength)
        {
            throw new QmpException("Node name too long");
        }
    }

    private static bool IsWellFormed(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetter(name[0]))
        {
            return false;
        }

        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_'))
            {
                return false;
            }
        }

        return true;
    }
}
