using NUnit.Framework;

namespace QmpHost.Block.Tests.Drivers.Qcow2;

internal static class DiskAssert
{
    public static void Same(ReadOnlySpan<byte> found, ReadOnlySpan<byte> expected, long offset)
    {
        int same = found.CommonPrefixLength(expected);
        if (same != expected.Length)
        {
            throw new AssertionException($"Offset {offset + same} reads as {found[same]:x2} instead of {expected[same]:x2}.");
        }
    }

    public static async Task SameAsync(Block.Graph.BlockBackend backend, byte[] expected)
    {
        byte[] found = new byte[expected.Length];
        await backend.ReadAsync(0, found);
        Same(found, expected, 0);
    }
}
