namespace QmpHost.Qapi;

/// <summary>What the generated command table does around a handler.</summary>
internal static class CommandInvocation
{
    private static readonly QDict Empty = new(0);

    public static QDict ToDict(QObject? arguments) => arguments switch
    {
        null => Empty,
        QDict dict => dict,
        _ => throw new QmpException("QMP input member 'arguments' must be an object"),
    };

    public static void CheckNoArguments(QObject? arguments, CommandContext context)
    {
        QDict dict = ToDict(arguments);
        if (dict.Count > 0)
        {
            throw new QapiInputVisitor(context.Profile).Unexpected(dict, []);
        }
    }

    public static ValueTask<QapiResult> Convert(ValueTask handler)
    {
        return handler.IsCompletedSuccessfully ? default : Await(handler);

        static async ValueTask<QapiResult> Await(ValueTask handler)
        {
            await handler;
            return default;
        }
    }

    public static ValueTask<QapiResult> Convert<T>(ValueTask<T> handler, Func<T, QapiResult> convert)
    {
        return handler.IsCompletedSuccessfully ? new(convert(handler.Result)) : Await(handler, convert);

        static async ValueTask<QapiResult> Await(ValueTask<T> handler, Func<T, QapiResult> convert) => convert(await handler);
    }
}
