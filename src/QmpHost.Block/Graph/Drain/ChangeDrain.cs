using QmpHost.Qapi;

namespace QmpHost.Block.Graph.Drain;

/// <summary>
/// The drained sections that later releases open over all nodes while an edge of the graph is made or removed: every job pauses
/// for as long, which clients see as events. They nest; the outermost one counts.
/// </summary>
/// <remarks>
/// Nothing waits here for requests that are under way: whoever changes edges drains the nodes concerned, in every release.
/// </remarks>
internal sealed class ChangeDrain(BlockGraph graph)
{
    private DrainedSection? _all;
    private int _depth;
    private int _late;

    /// <summary>Whether changes of the graph drain it.</summary>
    public bool Applies { get; } = graph.Context.Profile.Has(Behaviour.GraphChangesDrainAll);

    /// <summary>Opens a section, which whoever disposes it closes.</summary>
    public Section Begin()
    {
        if (Applies && _depth++ == 0)
        {
            _all = DrainedSection.BeginEach([.. graph.Nodes]);
        }

        return new Section(this);
    }

    /// <summary>
    /// Opens a section for a node that closes. Some releases close what a change has left without users in sections of their own,
    /// after that of the change.
    /// </summary>
    public Section BeginClosing()
    {
        if (_depth > 0 && !ClosesInside)
        {
            _late++;
        }

        return Begin();
    }

    /// <summary>Opens a section around a change of which the closing of nodes is a part, where it is.</summary>
    public Section BeginIfClosingInside() => ClosesInside ? Begin() : default;

    /// <summary>Opens a section in which a job comes into being with its first node; in some releases it ends just before.</summary>
    public Section BeginForJob()
    {
        if (ClosesInside)
        {
            return Begin();
        }

        Pulse();
        return default;
    }

    /// <summary>
    /// Changes that QEMU does not make, such as a second opening of a file to find its format out, without sections of their own.
    /// </summary>
    public SilentSection BeginSilent() => new(this);

    /// <summary>A section in which nothing is done any more.</summary>
    public void Pulse() => Begin().Dispose();

    /// <summary>Opens the section of a command that drains everything as long as it lasts, in releases in which it does.</summary>
    public Section BeginFirst() => graph.Context.Profile.Has(Behaviour.CommandsDrainAllFirst) ? Begin() : default;

    /// <summary>The section that some commands open before they do anything, in releases in which they do.</summary>
    public void PulseFirst() => BeginFirst().Dispose();

    private void End()
    {
        if (Applies && --_depth == 0)
        {
            DrainedSection? all = _all;
            _all = null;
            all?.Dispose();
            while (_late > 0)
            {
                _late--;
                Pulse();
            }
        }
    }

    private bool ClosesInside => graph.Context.Profile.Has(Behaviour.ClosesWithinChange);

    /// <summary>Changes that drain nothing, until it is disposed.</summary>
    public readonly struct SilentSection : IDisposable
    {
        private readonly ChangeDrain _owner;
        private readonly int _late;

        internal SilentSection(ChangeDrain owner)
        {
            _owner = owner;
            _late = owner._late;
            owner._depth++;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _owner._depth--;
            _owner._late = _late;
        }
    }

    /// <summary>A section that is open.</summary>
    public readonly struct Section(ChangeDrain? owner) : IDisposable
    {
        /// <summary>Closes it.</summary>
        public void Dispose() => owner?.End();
    }
}
