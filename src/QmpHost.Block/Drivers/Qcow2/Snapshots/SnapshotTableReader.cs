using System.Buffers.Binary;
using QmpHost.Block.Drivers.Qcow2.Format;
using QmpHost.Block.Graph;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Block.Drivers.Qcow2.Snapshots;

/// <summary>Reads the snapshot table.</summary>
internal static class SnapshotTableReader
{
    private const int HeaderSize = 40;
    private const int MaxExtraData = 1024;
    private const long MaxTableSize = 64 << 20;

    /// <summary>Reads all snapshots.</summary>
    /// <returns>The snapshots, and the table's length in bytes.</returns>
    /// <exception cref="QmpException">The table cannot be used.</exception>
    public static async ValueTask<(IReadOnlyList<Qcow2Snapshot> Snapshots, long TableSize)> ReadAsync(BlockChild file, Qcow2Header header)
    {
        var snapshots = new List<Qcow2Snapshot>();
        long offset = header.SnapshotsOffset;
        byte[] fields = new byte[HeaderSize];
        for (int i = 0; i < header.SnapshotCount; i++)
        {
            offset = (offset + 7) & ~7L;
            await file.ReadAsync(offset, fields);
            uint extraSize = BinaryPrimitives.ReadUInt32BigEndian(fields.AsSpan(36));
            if (extraSize > MaxExtraData)
            {
                throw new QmpException($"Too much extra metadata in snapshot table entry {i}");
            }

            int idSize = BinaryPrimitives.ReadUInt16BigEndian(fields.AsSpan(12));
            int nameSize = BinaryPrimitives.ReadUInt16BigEndian(fields.AsSpan(14));
            byte[] variable = new byte[extraSize + idSize + nameSize];
            await file.ReadAsync(offset + HeaderSize, variable);
            snapshots.Add(Parse(fields, variable, (int)extraSize, idSize, header.Size));
            offset += HeaderSize + variable.Length;
            if (offset - header.SnapshotsOffset > MaxTableSize)
            {
                throw new QmpException("Snapshot table is too big");
            }
        }

        return (snapshots, header.SnapshotCount == 0 ? 0 : offset - header.SnapshotsOffset);
    }

    private static Qcow2Snapshot Parse(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> variable, int extraSize, int idSize, long currentSize)
    {
        ReadOnlySpan<byte> extra = variable[..extraSize];
        return new Qcow2Snapshot(
            ModifiedUtf8.GetTerminatedString(variable.Slice(extraSize, idSize)),
            ModifiedUtf8.GetTerminatedString(variable[(extraSize + idSize)..]),
            BinaryPrimitives.ReadInt64BigEndian(fields),
            BinaryPrimitives.ReadUInt32BigEndian(fields[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(fields[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(fields[20..]),
            BinaryPrimitives.ReadUInt64BigEndian(fields[24..]),
            extra.Length >= 8 ? BinaryPrimitives.ReadUInt64BigEndian(extra) : BinaryPrimitives.ReadUInt32BigEndian(fields[32..]),
            extra.Length >= 16 ? BinaryPrimitives.ReadUInt64BigEndian(extra[8..]) : (ulong)currentSize,
            extra.Length >= 24 && BinaryPrimitives.ReadUInt64BigEndian(extra[16..]) is not ulong.MaxValue and var count ? count : null)
        {
            UnknownExtra = extra.Length > SnapshotTableWriter.ExtraSize ? extra[SnapshotTableWriter.ExtraSize..].ToArray() : default,
        };
    }
}
