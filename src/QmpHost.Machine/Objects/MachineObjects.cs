namespace QmpHost.Machine.Objects;

/// <summary>The objects that belong to a machine.</summary>
public static class MachineObjects
{
    /// <summary>Makes their types known.</summary>
    /// <param name="objects">The objects of a host with a machine.</param>
    public static void Register(UserObjects objects)
    {
        ArgumentNullException.ThrowIfNull(objects);
        objects.Register(MemoryBackendObject.Ram, static tree => MemoryBackendObject.Make(MemoryBackendObject.Ram, tree));
        objects.Register(MemoryBackendObject.AnonymousFile, static tree => MemoryBackendObject.Make(MemoryBackendObject.AnonymousFile, tree));
        objects.Register(MemoryBackendObject.NamedFile, static tree => MemoryBackendObject.Make(MemoryBackendObject.NamedFile, tree));
        objects.Register(RandomObject.BuiltIn, static tree => new RandomObject(RandomObject.BuiltIn, tree));
        objects.Register(RandomObject.NamedFile, static tree => new RandomObject(RandomObject.NamedFile, tree));
        objects.Register(CanBusObject.QomClass, static tree => new CanBusObject(tree));
    }
}
