using System.Globalization;
using System.Text;

namespace QmpHost.Hosting.Programs.Machine;

/// <summary>Standard error whose messages begin with the time, as -msg timestamp=on asks: those lines that begin with the program's name.</summary>
/// <param name="inner">Standard error.</param>
/// <param name="program">The program's name.</param>
/// <param name="time">The clock.</param>
internal sealed class StampingWriter(TextWriter inner, string program, TimeProvider time) : TextWriter(CultureInfo.InvariantCulture)
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z '";

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => inner.Write(value);

    /// <inheritdoc/>
    public override void Write(string? value) => inner.Write(value);

    /// <inheritdoc/>
    public override void WriteLine(string? value) => inner.WriteLine(Stamp(value));

    /// <inheritdoc/>
    public override Task WriteLineAsync(string? value) => inner.WriteLineAsync(Stamp(value));

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    private string? Stamp(string? value) => value is not null && value.StartsWith(program, StringComparison.Ordinal)
        ? time.GetUtcNow().ToString(Format, CultureInfo.InvariantCulture) + value
        : value;
}
