using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Hosting;

/// <summary>What later releases have at the root of the object tree before anybody puts anything there.</summary>
internal static class RootContainers
{
    /// <summary>Makes the containers.</summary>
    public static void AddTo(QomTree tree, VersionProfile profile)
    {
        if (!profile.Has(Behaviour.RootContainersFromStart))
        {
            return;
        }

        // In the order in which they come to be: listings show it.
        tree.Root.GetContainer("chardevs");
        tree.Root.GetContainer("objects");
        tree.Root.GetContainer("backend");
        if (profile.Has(Behaviour.RootHasAudioBackends))
        {
            tree.Root.GetContainer("audiodevs");
        }
    }
}
