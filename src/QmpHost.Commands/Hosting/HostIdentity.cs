using QmpHost.Qapi;

namespace QmpHost.Commands.Hosting;

/// <summary>What a host says of itself.</summary>
public sealed record HostIdentity
{
    /// <summary>The program that the host stands for.</summary>
    public QmpProgram Program { get; init; } = QmpProgram.System;

    /// <summary>The guest's name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The guest's UUID; all zeroes where none was given.</summary>
    public Guid Uuid { get; init; }
}
