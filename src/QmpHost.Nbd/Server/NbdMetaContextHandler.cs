using QmpHost.Nbd.Protocol;

namespace QmpHost.Nbd.Server;

/// <summary>Answers options LIST_META_CONTEXT and SET_META_CONTEXT.</summary>
internal static class NbdMetaContextHandler
{
    /// <summary>Reads the option's data and adds the replies. Data behind the last query is left unread, as QEMU does.</summary>
    /// <param name="option">The option.</param>
    /// <param name="directory">The exports.</param>
    /// <param name="writer">Where replies go.</param>
    /// <returns>The contexts that were found.</returns>
    /// <exception cref="NbdOptionException">The option is refused.</exception>
    public static async ValueTask<NbdMetaContexts> HandleAsync(NbdOptionReader option, INbdExportDirectory directory, NbdOptionWriter writer)
    {
        bool listing = option.Option == NbdOption.ListMetaContext;
        byte[] name = await option.ReadNameAsync();
        var contexts = new NbdMetaContexts(NbdInfoHandler.Find(directory, name));
        uint queries = await option.ReadUInt32Async();
        if (queries == 0 && listing)
        {
            contexts.SelectAll();
        }

        for (uint i = 0; i < queries; i++)
        {
            if (await option.ReadQueryAsync() is { } query)
            {
                contexts.Select(query, listing);
            }
        }

        foreach ((uint id, string contextName) in contexts.Enumerate())
        {
            writer.MetaContext(option.Option, listing ? 0 : id, contextName);
        }

        writer.Reply(option.Option, NbdOptionReply.Ack);
        return contexts;
    }
}
