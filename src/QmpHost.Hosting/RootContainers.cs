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

        tree.Root.GetContainer("backend");
        if (program == QmpProgram.System)
        {
            return;
        }

        tree.Root.GetContainer("objects");
        tree.Root.GetContainer("chardevs");
        if (profile.Has(Behaviour.RootHasAudioBackends))
        {
            tree.Root.GetContainer("audiodevs");
        }
    }
}
