namespace System.Runtime.CompilerServices;

// Lets init-only properties and records compile for a target that lacks this type.
internal static class IsExternalInit
{
}
