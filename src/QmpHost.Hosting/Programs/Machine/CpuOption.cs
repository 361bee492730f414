using System.Globalization;
using QmpHost.Hosting.CommandLine;
using QmpHost.Machine.Facts;
using QmpHost.Qapi;
using QmpHost.Qapi.Keyval;
using QmpHost.Qapi.Schema;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Reads the value of -cpu: a model, and features that it is to have or to lack.</summary>
internal static class CpuOption
{
    /// <summary>Reads an option.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="profile">The release whose models there are.</param>
    /// <exception cref="CommandLineException">There is no such model or feature.</exception>
    /// <returns>The model, and what its processors are to have or to lack, by the names of their properties.</returns>
    public static (string Model, QDict Features) Read(string value, VersionProfile profile)
    {
        string[] parts = value.Split(',');
        string model = parts[0];
        if (model.Length == 0)
        {
            throw new CommandLineException("-cpu option cannot be empty");
        }

        CpuModelFacts facts = CpuModelFacts.Of(profile);
        if (!facts.Has(model))
        {
            throw new CommandLineException($"unable to find CPU model '{model}'");
        }

        if (model == "host")
        {
            throw new CommandLineException("CPU model 'host' requires KVM or HVF");
        }

        QDict features = facts.Expand(model, CpuModelExpansionType.Full);
        var given = new QDict();
        foreach (string feature in parts.Skip(1).Where(static part => part.Length > 0))
        {
            Take(CpuModelFacts.TypeOf(model), feature, features, given);
        }

        return (model, given);
    }

    private static void Take(string type, string feature, QDict features, QDict given)
    {
        if (feature[0] is '+' or '-')
        {
            if (!features.ContainsKey(feature[1..]))
            {
                throw new CommandLineException($"Property '{type}.{feature[1..]}' not found");
            }

            given.Put(feature[1..], QBool.From(feature[0] == '+'));
            return;
        }

        int equals = feature.IndexOf('=', StringComparison.Ordinal);
        (string name, string value) = equals < 0 ? (feature, "on") : (feature[..equals], feature[(equals + 1)..]);
        string prefix = $"can't apply global {type}.{name}={value}: ";
        if (!features.TryGetValue(name, out QObject? own))
        {
            throw new CommandLineException($"{prefix}Property '{type}.{name}' not found");
        }

        if (own is QBool && !CommandLineScalar.IsSwitch(value))
        {
            throw new CommandLineException($"{prefix}Parameter '{name}' expects 'on' or 'off'");
        }

        given.Put(name, own switch
        {
            QBool => QBool.From(value is "on" or "yes" or "true" or "y"),
            QNum => ReadNumber(value),
            _ => new QString(value),
        });
    }

    // Decimal, or hexadecimal with its prefix; what is neither counts as nothing.
    private static QNum ReadNumber(string text)
    {
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        _ = isHex
            ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long number)
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
        return new QNum(number);
    }
}
