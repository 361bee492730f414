namespace QmpHost.Qapi;

/// <summary>The releases between which a part of the schema exists; the default value is no limit.</summary>
internal readonly record struct IntrospectionMarks(QemuRelease Since, QemuRelease? Removed = null)
{
    public bool Include(VersionProfile profile) => profile.Shows(Since, Removed);
}
