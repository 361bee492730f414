using QmpHost.Qapi;

namespace QmpHost.Machine.Facts;

/// <summary>Shorthands for values of files whose form is known.</summary>
internal static class FactValue
{
    public static QDict Object(this QDict dict, string name) => (QDict)dict[name]!;

    public static IEnumerable<QDict> Objects(this QDict dict, string name) => ((QList)dict[name]!).Cast<QDict>();

    public static QObject? Find(this QDict dict, string name) => dict.TryGetValue(name, out QObject? value) ? value : null;

    public static string? Text(this QDict dict, string name) => (dict.Find(name) as QString)?.Value;

    public static IReadOnlyList<string> Texts(this QDict dict, string name) => [.. ((QList)dict[name]!).Select(static item => ((QString)item).Value)];

    public static bool Flag(this QDict dict, string name) => dict.Find(name) is QBool { Value: true };

    public static long Number(this QObject value) => ((QNum)value).TryGetInt64(out long number) ? number : throw new InvalidDataException("A number is too large.");
}
