namespace QmpHost.Qapi;

/// <summary>A value of a schema type, which can write itself.</summary>
public interface IQapiWritable
{
    /// <summary>Writes the value, its members in wire order.</summary>
    /// <param name="writer">Where to write it.</param>
    /// <param name="profile">The release whose members are shown: newer ones are left out.</param>
    void WriteTo(QapiWriter writer, VersionProfile profile);
}
