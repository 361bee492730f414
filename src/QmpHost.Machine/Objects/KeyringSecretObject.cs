using System.Globalization;
using System.Runtime.InteropServices;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;

namespace QmpHost.Machine.Objects;

/// <summary>A password or key that the kernel keeps, by its serial number.</summary>
public sealed partial class KeyringSecretObject : StoredSecretObject
{
    private const int ReadKey = 11;

    // The number of the system call "keyctl".
    private static readonly long KeyControl = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 250 : 219;

    private int _serial;

    /// <summary>Makes one that holds nothing.</summary>
    /// <param name="tree">The tree that it will be in.</param>
    public KeyringSecretObject(QomTree tree)
        : base(QomClass, tree)
    {
    }

    /// <summary>The class "secret_keyring".</summary>
    public static QomClass QomClass { get; } = new("secret_keyring", BaseClass,
    [
        new()
        {
            Name = "serial",
            Type = "int32_t",
            Get = static o => new QNum(((KeyringSecretObject)o)._serial),
            Set = static (o, reader) =>
            {
                long value = reader.ReadInt64();
                ((KeyringSecretObject)o)._serial = value switch
                {
                    0 => throw new QmpException("'serial' should not be equal to 0"),
                    >= int.MinValue and <= int.MaxValue => (int)value,
                    _ => throw new QmpException("Parameter 'serial' expects int32_t"),
                };
                return default;
            },
        },
    ]);

    /// <inheritdoc/>
    private protected override unsafe byte[] ReadInput()
    {
        long length = Read(null, 0);
        while (true)
        {
            byte[] bytes = new byte[length];
            fixed (byte* start = bytes)
            {
                length = Read(start, bytes.Length);
            }

            // The key may have grown meanwhile.
            if (length <= bytes.Length)
            {
                return bytes[..(int)length];
            }
        }
    }

    private unsafe long Read(byte* buffer, long size)
    {
        long length = System(KeyControl, ReadKey, _serial, buffer, size);
        return length >= 0
            ? length
            : throw new QmpException(string.Create(
                CultureInfo.InvariantCulture,
                $"Unable to read serial key {_serial:x8}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}"));
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial long System(long number, int operation, int serial, byte* buffer, long size);
}
