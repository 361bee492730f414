using QmpHost.Qapi;

namespace QmpHost.Protocol.Server;

/// <summary>Checks the outer members of a request.</summary>
internal static class QmpEnvelope
{
    private const string Execute = "execute";
    private const string ExecuteOutOfBand = "exec-oob";
    private const string Arguments = "arguments";
    private const string Id = "id";

    /// <summary>The request's <c>id</c>, which goes into the reply even if nothing else is right.</summary>
    public static QObject? IdOf(QObject? request) => request is QDict dict && dict.TryGetValue(Id, out QObject? id) ? id : null;

    /// <summary>Whether a request asks to be executed out of band.</summary>
    public static bool IsOutOfBand(QObject? request) => request is QDict dict && dict.ContainsKey(ExecuteOutOfBand) && !dict.ContainsKey(Execute);

    /// <summary>Takes a request apart.</summary>
    /// <param name="request">The request.</param>
    /// <param name="oobEnabled">Whether the session has enabled execution out of band.</param>
    /// <param name="command">The command's name.</param>
    /// <param name="arguments">Its arguments, or null if there are none.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Read(QObject request, bool oobEnabled, out string command, out QDict? arguments)
    {
        command = string.Empty;
        arguments = null;
        if (request is not QDict dict)
        {
            return "QMP input must be a JSON object";
        }

        return IsOrdinary(dict, ref command, ref arguments) ? null : ReadInWireOrder(dict, oobEnabled, out command, out arguments);
    }

    // Nearly every request is right, and then the order in which members are looked at does not matter.
    private static bool IsOrdinary(QDict dict, ref string command, ref QDict? arguments)
    {
        bool found = false;
        foreach (KeyValuePair<string, QObject> member in dict.Members)
        {
            switch (member.Key)
            {
                case Execute when member.Value is QString name:
                    command = name.Value;
                    found = true;
                    break;
                case Arguments when member.Value is QDict value:
                    arguments = value;
                    break;
                case Id:
                    break;
                default:
                    return false;
            }
        }

        return found;
    }

    private static string? ReadInWireOrder(QDict dict, bool oobEnabled, out string command, out QDict? arguments)
    {
        string? found = null;
        command = string.Empty;
        arguments = null;
        foreach (KeyValuePair<string, QObject> member in InWireOrder(dict))
        {
            switch (member.Key)
            {
                case Execute or ExecuteOutOfBand when member.Key == Execute || oobEnabled:
                    if (member.Value is not QString name)
                    {
                        return $"QMP input member '{member.Key}' must be a string";
                    }

                    if (found is not null)
                    {
                        return $"QMP input member '{member.Key}' clashes with '{(member.Key == Execute ? ExecuteOutOfBand : Execute)}'";
                    }

                    found = name.Value;
                    break;
                case Arguments:
                    arguments = member.Value as QDict;
                    if (arguments is null)
                    {
                        return $"QMP input member '{Arguments}' must be an object";
                    }

                    break;
                case Id:
                    break;
                default:
                    return $"QMP input member '{member.Key}' is unexpected";
            }
        }

        command = found ?? string.Empty;
        return found is null ? $"QMP input lacks member '{Execute}'" : null;
    }

    private static IEnumerable<KeyValuePair<string, QObject>> InWireOrder(QDict dict) =>
        dict.Reverse().OrderBy(m => WireOrder.BucketOf(m.Key));
}
