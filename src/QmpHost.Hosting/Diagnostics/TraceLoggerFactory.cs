using Microsoft.Extensions.Logging;

namespace QmpHost.Hosting.Diagnostics;

/// <summary>Writes the log messages that option --trace asks for, one on a line that begins with its name.</summary>
/// <param name="output">Where to.</param>
internal sealed class TraceLoggerFactory(TextWriter output) : ILoggerFactory
{
    private readonly HashSet<string> _enabled = new(StringComparer.Ordinal);

    /// <summary>Where lines go.</summary>
    public TextWriter Output { get; set; } = output;

    /// <summary>Whether anything is switched on.</summary>
    public bool IsOn => _enabled.Count > 0;

    /// <summary>Switches on what a pattern means; with "-" before it, switches it off.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <returns>Whether it means anything.</returns>
    public bool TryEnable(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        bool on = !pattern.StartsWith('-');
        string wanted = on ? pattern : pattern[1..];
        List<string> names = [.. TraceEvents.Names.Where(name => TraceEvents.Matches(wanted, name))];
        foreach (string name in names)
        {
            _ = on ? _enabled.Add(name) : _enabled.Remove(name);
        }

        return names.Count > 0;
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new TraceLogger(this);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Lines are written and nothing else.");

    /// <inheritdoc/>
    public void Dispose() => Output.Flush();

    private sealed class TraceLogger(TraceLoggerFactory factory) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => factory.IsOn;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name is { } name && factory._enabled.Contains(name))
            {
                lock (factory._enabled)
                {
                    factory.Output.WriteLine($"{name} {formatter(state, exception)}");
                }
            }
        }
    }
}
