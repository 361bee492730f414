namespace QmpHost.Control.Rules;

/// <summary>Refuses rules that say too little, too much, or what cannot be.</summary>
internal static class RuleCheck
{
    /// <summary>Checks a rule.</summary>
    /// <exception cref="ArgumentException">It is wrong; the message says why.</exception>
    public static void Check(FaultRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        string[] places = [.. Places(rule)];
        if (places.Length != 1)
        {
            throw new ArgumentException($"A rule is for one of request, command, reply, event and wire; this one is for {(places.Length == 0 ? "none" : string.Join(" and ", places))}.");
        }

        string[] allowed = places[0] switch
        {
            "request" => ["errno", "short", "fullAfter", "latency"],
            "command" => ["error", "return", "never", "latency", "drop"],
            "reply" => ["never", "latency", "drop"],
            "event" => ["repeat", "latency"],
            _ => ["split", "merge", "cutAfter", "early"],
        };
        string[] effects = [.. Effects(rule)];
        if (effects.Length == 0 || effects.Except(allowed).Any())
        {
            throw new ArgumentException(
                $"What a rule for a {places[0]} can say is {string.Join(", ", allowed)}; this one says {(effects.Length == 0 ? "nothing" : string.Join(", ", effects))}.");
        }

        if (rule.Command is not null && rule.Drop is not (null or DropPoint.Before))
        {
            throw new ArgumentException("Before a command has run, its connection can only be dropped before its reply.");
        }

        if (rule.Split is < 1 || rule.Merge is < 1 || rule.Short is < 0 || rule.FullAfter is < 0 || rule.CutAfter is < 0 || rule.Repeat is < 0
            || rule.Latency < TimeSpan.Zero || rule.When.Nth is < 1 || rule.When.Every is < 1 || rule.When.Probability is < 0 or > 1)
        {
            throw new ArgumentException("A number of the rule is out of its range.");
        }
    }

    private static IEnumerable<string> Places(FaultRule rule) => Given(
        ("request", rule.Request is not null), ("command", rule.Command is not null), ("reply", rule.Reply is not null),
        ("event", rule.Event is not null), ("wire", rule.Wire is not null));

    private static IEnumerable<string> Effects(FaultRule rule) => Given(
        ("errno", rule.Errno is not null), ("short", rule.Short is not null), ("fullAfter", rule.FullAfter is not null),
        ("latency", rule.Latency is not null), ("error", rule.Error is not null), ("return", rule.Return is not null),
        ("never", rule.Never), ("repeat", rule.Repeat is not null), ("drop", rule.Drop is not null), ("split", rule.Split is not null),
        ("merge", rule.Merge is not null), ("cutAfter", rule.CutAfter is not null), ("early", rule.Early is not null));

    private static IEnumerable<string> Given(params (string Name, bool IsGiven)[] parts)
        => parts.Where(static part => part.IsGiven).Select(static part => part.Name);
}
