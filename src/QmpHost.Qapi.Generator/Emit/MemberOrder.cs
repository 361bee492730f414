using System.Text;
using QmpHost.Qapi.Generator.Model;

namespace QmpHost.Qapi.Generator.Emit;

/// <summary>The order of members on the wire: ascending by bucket of the name; in one bucket, the later one first.</summary>
internal static class MemberOrder
{
    public static IEnumerable<T> Sort<T>(IEnumerable<T> members, Func<T, string> name) =>
        members.Reverse().OrderBy(m => BucketOf(name(m)));

    public static int BucketOf(string name)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        uint hash = unchecked(0x238F13AFu * (uint)utf8.Length);
        for (int i = 0; i < utf8.Length; i++)
        {
            hash = unchecked(hash + ((uint)utf8[i] << (i * 5 % 24)));
        }

        return (int)(unchecked((1103515243u * hash) + 12345u) % 512);
    }
}
