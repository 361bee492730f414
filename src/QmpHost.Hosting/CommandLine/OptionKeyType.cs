namespace QmpHost.Hosting.CommandLine;

/// <summary>What the value of a key of an <see cref="OptionGroup"/> has to be.</summary>
internal enum OptionKeyType
{
    /// <summary>Any text.</summary>
    Text,

    /// <summary>"on" or "off", or one of their old spellings.</summary>
    Switch,

    /// <summary>An integer that is not negative.</summary>
    Number,

    /// <summary>A size in bytes with an optional suffix.</summary>
    Size,
}
