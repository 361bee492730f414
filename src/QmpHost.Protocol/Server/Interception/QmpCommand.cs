using QmpHost.Qapi;

namespace QmpHost.Protocol.Server.Interception;

/// <summary>A command as its client sent it.</summary>
/// <param name="Name">Its name; empty where the client named none.</param>
/// <param name="Arguments">Its arguments, or null.</param>
/// <param name="Id">The client's name for it, or null.</param>
/// <param name="IsOutOfBand">Whether it asks to be executed out of band.</param>
/// <param name="Content">All of it; null where it could not be parsed.</param>
public sealed record QmpCommand(string Name, QDict? Arguments, QObject? Id, bool IsOutOfBand, QObject? Content);
