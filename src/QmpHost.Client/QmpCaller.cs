using System.Runtime.InteropServices;
using QmpHost.Qapi;

namespace QmpHost.Client;

/// <summary>Sends commands in one way: in band or out of band, with or without descriptors. The typed commands hang on it.</summary>
public sealed partial class QmpCaller
{
    private readonly QmpClient _client;
    private readonly bool _outOfBand;
    private readonly IReadOnlyList<SafeHandle> _descriptors;

    internal QmpCaller(QmpClient client, bool outOfBand, IReadOnlyList<SafeHandle> descriptors)
    {
        _client = client;
        _outOfBand = outOfBand;
        _descriptors = descriptors;
    }

    // What the server does not know it shall refuse, rather than not get to see.
    internal QDict Write(IQapiWritable arguments) => ReplyReader.Write(arguments, _client.Profile);

    internal async Task CallAsync(string command, QDict? arguments, CancellationToken cancellationToken)
        => await _client.SendAsync(command, arguments, _outOfBand, _descriptors, cancellationToken).ConfigureAwait(false);

    internal async Task<T> CallAsync<T>(
        string command, QDict? arguments, Func<QapiInputVisitor, QObject, T> read, CancellationToken cancellationToken)
    {
        QObject reply = await _client.SendAsync(command, arguments, _outOfBand, _descriptors, cancellationToken).ConfigureAwait(false);
        return ReplyReader.Read(command, reply, read, _client.Profile);
    }
}
