using QmpHost.Qapi;

namespace QmpHost.Protocol.Server;

/// <summary>Finds out what a request asks for.</summary>
internal static class CommandResolver
{
    private const string Negotiation = "qmp_capabilities";

    /// <summary>Finds the command of a request.</summary>
    /// <param name="dispatcher">The commands.</param>
    /// <param name="request">The request.</param>
    /// <param name="isNegotiated">Whether the session may execute more than the negotiation.</param>
    /// <param name="isOobEnabled">Whether it may execute commands out of band.</param>
    /// <param name="arguments">The command's arguments, or null.</param>
    /// <param name="error">The reply, if there is nothing to execute.</param>
    /// <returns>The command, or null.</returns>
    public static CommandDescriptor? Resolve(
        IQmpCommandDispatcher dispatcher,
        QmpRequestMessage request,
        bool isNegotiated,
        bool isOobEnabled,
        out QDict? arguments,
        out QmpErrorReplyMessage? error)
    {
        arguments = null;
        error = null;
        string name = string.Empty;
        string? mistake = request.SyntaxError ?? QmpEnvelope.Read(request.Content!, isOobEnabled, out name, out arguments);
        if (mistake is not null)
        {
            error = new QmpErrorReplyMessage(request.QmpId, QmpErrorClass.GenericError, mistake);
            return null;
        }

        if (!isNegotiated && name != Negotiation)
        {
            error = NotFound(request, $"Expecting capabilities negotiation with '{Negotiation}'");
            return null;
        }

        if (dispatcher.Find(name) is not { } command)
        {
            error = NotFound(request, $"The command {name} has not been found");
            return null;
        }

        if (request.IsOutOfBand && !command.AllowOob)
        {
            error = new QmpErrorReplyMessage(request.QmpId, QmpErrorClass.GenericError, $"The command {name} does not support OOB");
            return null;
        }

        return command;
    }

    private static QmpErrorReplyMessage NotFound(QmpRequestMessage request, string description) =>
        new(request.QmpId, QmpErrorClass.CommandNotFound, description);
}
