using QmpHost.Machine.Devices;
using QmpHost.Machine.Network;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Objects;

/// <summary>The objects that belong to a machine.</summary>
public static class MachineObjects
{
    /// <summary>Makes their types known.</summary>
    /// <param name="objects">The objects of a host with a machine.</param>
    /// <param name="profile">The release that the host behaves like.</param>
    /// <param name="network">Its network backends.</param>
    /// <param name="frontEnds">Its character devices, once there are any.</param>
    public static void Register(UserObjects objects, VersionProfile profile, NetworkBackends network, Func<ICharacterFrontEnds?> frontEnds)
    {
        ArgumentNullException.ThrowIfNull(objects);
        ArgumentNullException.ThrowIfNull(profile);
        objects.Register(RandomObject.BuiltIn, static tree => new RandomObject(RandomObject.BuiltIn, tree));
        objects.Register(RandomObject.NamedFile, static tree => new RandomObject(RandomObject.NamedFile, tree));
        objects.Register(CanBusObject.QomClass, static tree => new CanBusObject(tree));
        RegisterMemory(objects, profile);
        RegisterProtection(objects, profile);
        foreach (QomClass filter in NetworkFilterObject.Classes)
        {
            objects.Register(filter, tree => new NetworkFilterObject(filter, tree, network, frontEnds));
        }

        foreach (QomClass device in CryptoDeviceObject.Classes)
        {
            objects.Register(device, tree => new CryptoDeviceObject(device, tree, frontEnds));
        }

        foreach (QomClass device in new[] { ComputerDeviceObject.CanBus, ComputerDeviceObject.Input, ComputerDeviceObject.RandomDaemon })
        {
            objects.Register(device, tree => new ComputerDeviceObject(device, tree, frontEnds));
        }
    }

    private static void RegisterMemory(UserObjects objects, VersionProfile profile)
    {
        foreach (QomClass memory in new[] { MemoryBackendObject.Ram, MemoryBackendObject.AnonymousFile, MemoryBackendObject.NamedFile })
        {
            objects.Register(memory, tree => MemoryBackendObject.Make(memory, tree));
        }

        if (ObjectType.MemoryBackendShm.ExistsIn(profile))
        {
            objects.Register(MemoryBackendObject.Shared, static tree => MemoryBackendObject.Make(MemoryBackendObject.Shared, tree));
        }

        if (ObjectType.AcpiGenericInitiator.ExistsIn(profile))
        {
            objects.Register(AffinityObject.Device, static tree => new AffinityObject(AffinityObject.Device, tree));
        }

        if (ObjectType.AcpiGenericPort.ExistsIn(profile))
        {
            objects.Register(AffinityObject.Bus, static tree => new AffinityObject(AffinityObject.Bus, tree));
        }
    }

    private static void RegisterProtection(UserObjects objects, VersionProfile profile)
    {
        bool hasOtherWays = ObjectType.SevSnpGuest.ExistsIn(profile);
        QomClass sev = hasOtherWays ? ProtectedGuestObject.SevOfMany : ProtectedGuestObject.Sev;
        objects.Register(sev, tree => new ProtectedGuestObject(sev, tree));
        if (hasOtherWays)
        {
            objects.Register(ProtectedGuestObject.SevSnp, static tree => new ProtectedGuestObject(ProtectedGuestObject.SevSnp, tree));
        }

        if (ObjectType.TdxGuest.ExistsIn(profile))
        {
            objects.Register(ProtectedGuestObject.Tdx, static tree => new ProtectedGuestObject(ProtectedGuestObject.Tdx, tree));
        }
    }
}
