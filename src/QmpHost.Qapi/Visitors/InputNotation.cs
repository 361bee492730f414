namespace QmpHost.Qapi;

/// <summary>How values are written down that <see cref="QapiInputVisitor"/> reads; errors are told in its terms.</summary>
public enum InputNotation
{
    /// <summary>JSON: every scalar has its own type.</summary>
    Json,

    /// <summary>The tree of texts that <see cref="Keyval.KeyvalParser"/> makes.</summary>
    Keyval,

    /// <summary>A flat list of keys and texts; what has members of its own cannot be given.</summary>
    Options,

    /// <summary>A tree of texts that a block driver reads itself, as drives and filenames give them.</summary>
    Driver,
}
