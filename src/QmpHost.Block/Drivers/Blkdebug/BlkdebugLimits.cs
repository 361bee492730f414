using System.Numerics;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Drivers.Blkdebug;

/// <summary>The limits that a blkdebug node pretends to have, checked against each other.</summary>
internal sealed class BlkdebugLimits
{
    private readonly BlockdevOptionsBlkdebug _options;

    /// <summary>Takes over the limits.</summary>
    /// <exception cref="QmpException">"Cannot meet constraints with …".</exception>
    public BlkdebugLimits(BlockdevOptionsBlkdebug options)
    {
        _options = options;
        long align = options.Align ?? 0;
        if (align != 0 && (align >= int.MaxValue || !BitOperations.IsPow2(align)))
        {
            throw new QmpException($"Cannot meet constraints with align {align}");
        }

        long unit = Math.Max(align, 1);
        CheckMultiple("max-transfer", options.MaxTransfer, unit);
        CheckMultiple("opt-write-zero", options.OptWriteZero, unit);
        CheckMultiple("max-write-zero", options.MaxWriteZero, Math.Max(unit, options.OptWriteZero ?? 0));
        CheckMultiple("opt-discard", options.OptDiscard, unit);
        CheckMultiple("max-discard", options.MaxDiscard, Math.Max(unit, options.OptDiscard ?? 0));
    }

    /// <summary>Checks that all of them are sizes: before anything is opened.</summary>
    /// <exception cref="QmpException">One is negative.</exception>
    public static void CheckSizes(BlockNode node, BlockdevOptionsBlkdebug options)
    {
        (string Name, long? Value)[] sizes =
        [
            ("align", options.Align), ("max-transfer", options.MaxTransfer), ("opt-write-zero", options.OptWriteZero),
            ("max-write-zero", options.MaxWriteZero), ("opt-discard", options.OptDiscard), ("max-discard", options.MaxDiscard),
        ];
        foreach ((string name, long? value) in sizes)
        {
            SizeOption.Check(node, name, value);
        }
    }

    /// <summary>Puts the limits in the place of those of the child.</summary>
    public BlockLimits Apply(BlockLimits inherited) => inherited with
    {
        RequestAlignment = _options.Align is > 0 and { } align ? (int)align : inherited.RequestAlignment,
        MaxTransfer = _options.MaxTransfer is > 0 and { } transfer ? transfer : inherited.MaxTransfer,
        WriteZeroesAlignment = _options.OptWriteZero ?? 0,
        MaxWriteZeroes = _options.MaxWriteZero ?? 0,
        DiscardAlignment = _options.OptDiscard ?? inherited.DiscardAlignment,
        MaxDiscard = _options.MaxDiscard ?? 0,
    };

    // A limit of INT_MAX is none that QEMU's own could be derived from.
    private static void CheckMultiple(string name, int? value, long unit)
    {
        if (value is { } given && (given == int.MaxValue || given % unit != 0))
        {
            throw new QmpException($"Cannot meet constraints with {name} {given}");
        }
    }
}
