namespace QmpHost.Nbd.Server;

/// <summary>The metadata contexts that a client has selected, and their names.</summary>
internal sealed class NbdMetaContexts
{
    /// <summary>The name of the standard context.</summary>
    public const string BaseAllocationName = "base:allocation";

    /// <summary>The name of QEMU's context for the depth of the backing chain.</summary>
    public const string AllocationDepthName = "qemu:allocation-depth";

    /// <summary>What names of dirty bitmap contexts begin with.</summary>
    public const string DirtyBitmapPrefix = "qemu:dirty-bitmap:";

    /// <summary>The identifier of base:allocation.</summary>
    public const uint BaseAllocationId = 0;

    /// <summary>The identifier of qemu:allocation-depth.</summary>
    public const uint AllocationDepthId = 1;

    /// <summary>The identifier of the first dirty bitmap.</summary>
    public const uint FirstBitmapId = 2;

    private readonly bool[] _bitmaps;

    /// <summary>Selects nothing.</summary>
    /// <param name="export">The export that the contexts belong to.</param>
    public NbdMetaContexts(NbdExport export)
    {
        Export = export;
        _bitmaps = new bool[export.Bitmaps.Count];
    }

    /// <summary>The export that the contexts belong to.</summary>
    public NbdExport Export { get; }

    /// <summary>Whether base:allocation is selected.</summary>
    public bool BaseAllocation { get; private set; }

    /// <summary>Whether qemu:allocation-depth is selected.</summary>
    public bool AllocationDepth { get; private set; }

    /// <summary>The number of selected contexts.</summary>
    public int Count => (BaseAllocation ? 1 : 0) + (AllocationDepth ? 1 : 0) + _bitmaps.Count(static selected => selected);

    /// <summary>Selects all.</summary>
    public void SelectAll()
    {
        BaseAllocation = true;
        SelectAllOfQemu();
    }

    /// <summary>Selects what a query names; unknown ones name nothing.</summary>
    /// <param name="query">The query.</param>
    /// <param name="listing">Whether a namespace alone stands for everything in it.</param>
    public void Select(string query, bool listing)
    {
        if (query == BaseAllocationName || (listing && query == "base:"))
        {
            BaseAllocation = true;
        }
        else if (query == AllocationDepthName)
        {
            AllocationDepth = Export.AllocationDepth;
        }
        else if (listing && query == "qemu:")
        {
            SelectAllOfQemu();
        }
        else if (listing && query == DirtyBitmapPrefix)
        {
            Array.Fill(_bitmaps, true);
        }
        else if (query.StartsWith(DirtyBitmapPrefix, StringComparison.Ordinal))
        {
            SelectBitmap(query[DirtyBitmapPrefix.Length..]);
        }
    }

    /// <summary>Those of the selected contexts that a client names by their identifiers.</summary>
    /// <param name="ids">The identifiers.</param>
    /// <returns>The contexts, or null where one is named twice or is not selected.</returns>
    public NbdMetaContexts? Narrow(IReadOnlyList<uint> ids)
    {
        HashSet<uint> selected = [.. Enumerate().Select(static context => context.Id)];
        if (!ids.All(selected.Remove))
        {
            return null;
        }

        var narrowed = new NbdMetaContexts(Export) { BaseAllocation = ids.Contains(BaseAllocationId), AllocationDepth = ids.Contains(AllocationDepthId) };
        foreach (uint id in ids.Where(static id => id >= FirstBitmapId))
        {
            narrowed._bitmaps[id - FirstBitmapId] = true;
        }

        return narrowed;
    }

    /// <summary>Whether a bitmap is selected.</summary>
    /// <param name="index">Its index in <see cref="NbdExport.Bitmaps"/>.</param>
    /// <returns>Whether it is.</returns>
    public bool IsBitmapSelected(int index) => _bitmaps[index];

    /// <summary>The selected contexts in the order in which they are reported.</summary>
    /// <returns>Identifiers and names.</returns>
    public IEnumerable<(uint Id, string Name)> Enumerate()
    {
        if (BaseAllocation)
        {
            yield return (BaseAllocationId, BaseAllocationName);
        }

        if (AllocationDepth)
        {
            yield return (AllocationDepthId, AllocationDepthName);
        }

        for (int i = 0; i < _bitmaps.Length; i++)
        {
            if (_bitmaps[i])
            {
                yield return (FirstBitmapId + (uint)i, DirtyBitmapPrefix + Export.Bitmaps[i]);
            }
        }
    }

    private void SelectAllOfQemu()
    {
        AllocationDepth = Export.AllocationDepth;
        Array.Fill(_bitmaps, true);
    }

    private void SelectBitmap(string name)
    {
        for (int i = 0; i < _bitmaps.Length; i++)
        {
            if (Export.Bitmaps[i] == name)
            {
                _bitmaps[i] = true;
            }
        }
    }
}
