namespace QmpHost.IoTests.Faults;

/// <summary>What a case shows. Everything but <see cref="Unexplained"/> was checked case by case.</summary>
internal enum FaultVerdict
{
    /// <summary>Replies, events, output and files are the same.</summary>
    Equal,

    /// <summary>QEMU itself does not repeat what it does, or did what QmpHost does when it was played again.</summary>
    NotRepeated,

    /// <summary>The same was said; QmpHost's image is clean where QEMU's has leaks or is corrupt, or has leaks where QEMU's is corrupt.</summary>
    Sounder,

    /// <summary>The same was said, both images are equally sound and hold the same disk and bitmaps; only the places differ.</summary>
    OtherPlaces,

    /// <summary>
    /// QEMU found its own image, which was sound, to be corrupt, or has compressed and other data in one cluster; QmpHost's is sound.
    /// </summary>
    QemuCorrupts,

    /// <summary>The same was said, but QEMU's new disk shows what the file held before it was made; QmpHost's is empty.</summary>
    OldContents,

    /// <summary>
    /// The same was said of an image that could not be made; QmpHost's is none yet, or is QEMU's but for counts, which are right, and for
    /// clusters that are not in use.
    /// </summary>
    GivenUp,

    /// <summary>
    /// The error met another request; QmpHost's image is as sound as QEMU's or sounder, and by what QmpHost itself has said, all that was
    /// done is there and nothing else.
    /// </summary>
    OtherRequest,

    /// <summary>QEMU died of it, and QmpHost goes on.</summary>
    QemuDied,

    /// <summary>QEMU gave no answer within a time that is long enough for anything, twice; QmpHost answers.</summary>
    QemuHangs,

    /// <summary>Anything else.</summary>
    Unexplained,
}
