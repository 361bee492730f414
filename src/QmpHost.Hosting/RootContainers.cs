using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Hosting;

/// <summary>What later releases have at the root of the object tree before anybody puts anything there.</summary>
internal static class RootContainers
{
    /// <summary>Makes the containers. A host with a machine gets the rest of them when it gets the machine, which stands between.</summary>
    public static void AddTo(QomTree tree, VersionProfile profile, QmpProgram program)
    {
        if (!profile.Has(Behaviour.RootContainersFromStart))
        {
            return;
        }

        if (program == QmpProgram.System)
        {
            tree.Root.GetContainer("backend");
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
