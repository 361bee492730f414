using System.Security.Authentication;
using QmpHost.Net.Tls;

namespace QmpHost.Commands.Objects.Tls;

/// <summary>
/// Priority strings of GnuTLS, as far as the platform's TLS can follow them: the usual sets as a whole, and which versions of
/// the protocol are allowed. Anything else is refused when a session starts, as QEMU refuses what makes no sense.
/// </summary>
internal static class TlsPriority
{
    private const SslProtocols All = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Reads a priority string.</summary>
    /// <param name="priority">The string; null or empty for the default.</param>
    /// <returns>The versions that it allows.</returns>
    /// <exception cref="TlsException">It cannot be followed, or allows nothing.</exception>
    public static SslProtocols ToProtocols(string? priority)
    {
        if (string.IsNullOrEmpty(priority))
        {
            return All;
        }

        SslProtocols allowed = SslProtocols.None;
        string[] words = priority.Split(':');
        for (int i = 0; i < words.Length; i++)
        {
            allowed = Apply(words[i], allowed, isFirst: i == 0) ?? throw Refuse(priority, "The request is invalid.");
        }

        return allowed == SslProtocols.None ? throw Refuse(priority, "No or insufficient priorities were set.") : allowed;
    }

    private static SslProtocols? Apply(string word, SslProtocols allowed, bool isFirst) => word switch
    {
        "NORMAL" or "SECURE" or "SECURE128" or "PERFORMANCE" or "LEGACY" or "PFS" when isFirst => All,
        "NONE" when isFirst => SslProtocols.None,
        "-VERS-ALL" or "-VERS-TLS-ALL" => SslProtocols.None,
        "+VERS-ALL" or "+VERS-TLS-ALL" => All,
        _ => word.Length == 0 ? null : ApplyVersion(word[0], word[1..], allowed),
    };

    private static SslProtocols? ApplyVersion(char sign, string name, SslProtocols allowed)
    {
        SslProtocols? version = name switch
        {
            "VERS-TLS1.3" => SslProtocols.Tls13,
            "VERS-TLS1.2" => SslProtocols.Tls12,

            // The platform offers neither.
            "VERS-TLS1.1" or "VERS-TLS1.0" when sign is '-' or '!' => SslProtocols.None,
            _ => null,
        };
        return sign switch
        {
            '+' => allowed | version,
            '-' or '!' => allowed & ~version,
            _ => null,
        };
    }

    private static TlsException Refuse(string priority, string why) => new($"Cannot set default TLS session priority {priority}: {why}");
}
