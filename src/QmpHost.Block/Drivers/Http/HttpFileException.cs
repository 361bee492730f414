namespace QmpHost.Block.Drivers.Http;

/// <summary>A web server cannot be reached, or does not give what is asked for.</summary>
/// <param name="message">What happened, in the words that libcurl has for it.</param>
/// <param name="inner">What is behind it, or null.</param>
internal sealed class HttpFileException(string message, Exception? inner = null) : IOException(message, inner);
