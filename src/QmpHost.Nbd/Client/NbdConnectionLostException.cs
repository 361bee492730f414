namespace QmpHost.Nbd.Client;

/// <summary>The connection ended before a request was answered; it may be sent again over another.</summary>
internal sealed class NbdConnectionLostException() : IOException("The connection was lost.");
