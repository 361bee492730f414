using QmpHost.Qapi;

namespace QmpHost.Control.Matching;

/// <summary>Whether a value has the parts that another one names: members of objects, patterns of strings.</summary>
internal static class PartOf
{
    /// <summary>Compares two values.</summary>
    /// <param name="expected">What must be there; null for nothing.</param>
    /// <param name="actual">The value, or null.</param>
    public static bool Matches(QObject? expected, QObject? actual) => expected switch
    {
        null => true,
        QDict members => actual is QDict dict && HasAll(members, dict),
        QString pattern => actual is QString text && Glob.Matches(pattern.Value, text.Value),
        _ => expected.DeepEquals(actual),
    };

    private static bool HasAll(QDict expected, QDict actual)
    {
        foreach (KeyValuePair<string, QObject> member in expected)
        {
            if (!actual.TryGetValue(member.Key, out QObject? value) || !Matches(member.Value, value))
            {
                return false;
            }
        }

        return true;
    }
}
