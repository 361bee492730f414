namespace QmpHost.Nbd.Server;

/// <summary>What client and server have agreed on.</summary>
/// <param name="Export">The export.</param>
/// <param name="StructuredReplies">Whether replies are structured.</param>
/// <param name="Contexts">The selected metadata contexts, or null for none.</param>
internal sealed record NbdSession(NbdExport Export, bool StructuredReplies, NbdMetaContexts? Contexts);
