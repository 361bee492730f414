namespace QmpHost.Nbd.Protocol;

/// <summary>Kinds of information about an export.</summary>
public enum NbdInfoType : ushort
{
    /// <summary>Size and transmission flags.</summary>
    Export = 0,

    /// <summary>The canonical name.</summary>
    Name = 1,

    /// <summary>A description for people.</summary>
    Description = 2,

    /// <summary>Minimum, preferred and maximum block size.</summary>
    BlockSize = 3,
}
