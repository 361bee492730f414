using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace QmpHost.Net.Tls;

/// <summary>Names in certificates as text, by which access lists know clients.</summary>
internal static class DistinguishedName
{
    private const string MustEscape = ",+\"\\<>;";

    /// <summary>Writes a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Its parts in the certificate's order, for example <c>O=Example,CN=client.example.com</c>.</returns>
    public static string Describe(X500DistinguishedName name)
    {
        var text = new StringBuilder();
        foreach (X500RelativeDistinguishedName part in name.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (text.Length > 0)
            {
                text.Append(',');
            }

            if (part.HasMultipleElements)
            {
                text.Append('#').Append(Convert.ToHexStringLower(part.RawData.Span));
                continue;
            }

            text.Append(Keyword(part.GetSingleElementType().Value ?? "")).Append('=');
            AppendEscaped(text, part.GetSingleElementValue() ?? "");
        }

        return text.ToString();
    }

    private static string Keyword(string oid) => oid switch
    {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "surName",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "givenName",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "EMAIL",
        _ => oid,
    };

    private static void AppendEscaped(StringBuilder text, string value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            bool isAtEdge = (i == 0 && value[i] is ' ' or '#') || (i == value.Length - 1 && value[i] == ' ');
            if (isAtEdge || MustEscape.Contains(value[i], StringComparison.Ordinal))
            {
                text.Append('\\');
            }

            text.Append(value[i]);
        }
    }
}
