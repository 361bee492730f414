namespace QmpHost.Hosting.HumanConsole;

/// <summary>What a key that is pressed on a terminal asks for.</summary>
internal enum Key
{
    /// <summary>Nothing, or nothing yet: more bytes may belong to the key.</summary>
    None,

    /// <summary>The byte itself is typed.</summary>
    Character,

    /// <summary>The line is done.</summary>
    Enter,

    /// <summary>The rest of the word is wanted.</summary>
    Complete,

    /// <summary>To the line's beginning.</summary>
    Home,

    /// <summary>To the line's end.</summary>
    End,

    /// <summary>One character to the left.</summary>
    Left,

    /// <summary>One character to the right.</summary>
    Right,

    /// <summary>To the older line.</summary>
    Up,

    /// <summary>To the newer line.</summary>
    Down,

    /// <summary>The character under the cursor goes.</summary>
    Delete,

    /// <summary>The character before the cursor goes.</summary>
    Backspace,

    /// <summary>The word before the cursor goes.</summary>
    BackspaceWord,

    /// <summary>The screen is cleared.</summary>
    Clear,
}
