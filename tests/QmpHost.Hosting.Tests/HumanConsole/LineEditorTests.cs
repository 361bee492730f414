using System.Text;
using NUnit.Framework;
using QmpHost.Commands.HumanMonitor;
using QmpHost.Hosting.HumanConsole;

namespace QmpHost.Hosting.Tests.HumanConsole;

/// <summary>The echo of the human monitor's console.</summary>
[TestFixture]
internal sealed class LineEditorTests
{
    // Each echo was recorded from qemu-system-x86_64 7.2 with -monitor on a unix socket.
    private static readonly (string Typed, string Echo)[] Recorded =
    [
        ("info name\n", "i\u001b[K\u001b[Din\u001b[K\u001b[D\u001b[Dinf\u001b[K\u001b[D\u001b[D\u001b[Dinfo\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dinfo \u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo n\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo na\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo nam\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo name\u001b[K\r\n(qemu) "),
        ("xx\u007f\u007fstop\n", "x\u001b[K\u001b[Dxx\u001b[K\u001b[D\u001b[Dx\u001b[K\u001b[D\u001b[Ks\u001b[K\u001b[Dst\u001b[K\u001b[D\u001b[Dsto\u001b[K\u001b[D\u001b[D\u001b[Dstop\u001b[K\r\n(qemu) "),
        ("abc\u001b[D\u001b[DX\n", "a\u001b[K\u001b[Dab\u001b[K\u001b[D\u001b[Dabc\u001b[K\u001b[D\u001b[D\u001b[DaXbc\u001b[K\u001b[D\u001b[D\r\nunknown command: 'aXbc'\r\n(qemu) "),
        ("hello\u0001X\u0005Y\n", "h\u001b[K\u001b[Dhe\u001b[K\u001b[D\u001b[Dhel\u001b[K\u001b[D\u001b[D\u001b[Dhell\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dhello\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[DXhello\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[C\u001b[C\u001b[C\u001b[C\u001b[C\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[DXhelloY\u001b[K\r\nunknown command: 'XhelloY'\r\n(qemu) "),
        ("abc\u0002\u0015\u000b\u0006X", "a\u001b[K\u001b[Dab\u001b[K\u001b[D\u001b[Dabc\u001b[K\u001b[D\u001b[D\u001b[DabcX\u001b[K"),
        ("abc\u0001\u0004", "a\u001b[K\u001b[Dab\u001b[K\u001b[D\u001b[Dabc\u001b[K\u001b[D\u001b[D\u001b[Dbc\u001b[K\u001b[D\u001b[D"),
        ("abc\u0001\u001b[3~", "a\u001b[K\u001b[Dab\u001b[K\u001b[D\u001b[Dabc\u001b[K\u001b[D\u001b[D\u001b[Dbc\u001b[K\u001b[D\u001b[D"),
        ("abc\u001b[1~X\u001b[4~Y", "a\u001b[K\u001b[Dab\u001b[K\u001b[D\u001b[Dabc\u001b[K\u001b[D\u001b[D\u001b[DXabc\u001b[K\u001b[D\u001b[D\u001b[D\u001b[C\u001b[C\u001b[C\u001b[D\u001b[D\u001b[D\u001b[DXabcY\u001b[K"),
        ("abc\u001bOHX\u001bOFY", "a\u001b[K\u001b[Dab\u001b[K\u001b[D\u001b[Dabc\u001b[K\u001b[D\u001b[D\u001b[DXabc\u001b[K\u001b[D\u001b[D\u001b[D\u001b[C\u001b[C\u001b[C\u001b[D\u001b[D\u001b[D\u001b[DXabcY\u001b[K"),
        ("abc\u001b[HX", "a\u001b[K\u001b[Dab\u001b[K\u001b[D\u001b[Dabc\u001b[K\u001b[D\u001b[D\u001b[DabcX\u001b[K"),
        ("ab\u001b[1;5CX", "a\u001b[K\u001b[Dab\u001b[K\u001b[D\u001b[Dab5\u001b[K\u001b[D\u001b[D\u001b[Dab5C\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dab5CX\u001b[K"),
        ("ab\u001bbX", "a\u001b[K\u001b[Dab\u001b[K\u001b[D\u001b[DabX\u001b[K"),
        ("a\u001b\u001bb", "a\u001b[K\u001b[Dab\u001b[K"),
        ("a\u001b[2~b", "a\u001b[K\u001b[Dab\u001b[K"),
        ("a b  \u0017d", "a\u001b[K\u001b[Da \u001b[K\u001b[D\u001b[Da b\u001b[K\u001b[D\u001b[D\u001b[Da b \u001b[K\u001b[D\u001b[D\u001b[D\u001b[Da b  \u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Da \u001b[K\u001b[D\u001b[Da d\u001b[K"),
        ("ab c\u001b[D\u0017", "a\u001b[K\u001b[Dab\u001b[K\u001b[D\u001b[Dab \u001b[K\u001b[D\u001b[D\u001b[Dab c\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dc\u001b[K\u001b[D"),
        ("\u0017", ""),
        ("a\u000cb", "a\u001b[K\u001b[2J\u001b[1;1H(qemu) a\u001b[K\u001b[Dab\u001b[K"),
        ("a\u0008\u0008b", "a\u001b[K\u001b[D\u001b[Kb\u001b[K"),
        ("\n", "\r\n(qemu) "),
        ("stop\r\n", "s\u001b[K\u001b[Dst\u001b[K\u001b[D\u001b[Dsto\u001b[K\u001b[D\u001b[D\u001b[Dstop\u001b[K\r\n(qemu) \r\n(qemu) "),
        ("info na\t", "i\u001b[K\u001b[Din\u001b[K\u001b[D\u001b[Dinf\u001b[K\u001b[D\u001b[D\u001b[Dinfo\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dinfo \u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo n\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo na\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo name \u001b[K"),
        ("inf\t", "i\u001b[K\u001b[Din\u001b[K\u001b[D\u001b[Dinf\u001b[K\u001b[D\u001b[D\u001b[Dinfo \u001b[K"),
        ("cont\t", "c\u001b[K\u001b[Dco\u001b[K\u001b[D\u001b[Dcon\u001b[K\u001b[D\u001b[D\u001b[Dcont\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dcont \u001b[K"),
        ("info nam\tx", "i\u001b[K\u001b[Din\u001b[K\u001b[D\u001b[Dinf\u001b[K\u001b[D\u001b[D\u001b[Dinfo\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dinfo \u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo n\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo na\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo nam\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo name \u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo name x\u001b[K"),
        ("zzz\t", "z\u001b[K\u001b[Dzz\u001b[K\u001b[D\u001b[Dzzz\u001b[K"),
        ("qemu-io \t", "q\u001b[K\u001b[Dqe\u001b[K\u001b[D\u001b[Dqem\u001b[K\u001b[D\u001b[D\u001b[Dqemu\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dqemu-\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dqemu-i\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dqemu-io\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dqemu-io \u001b[K"),
        ("help qu\t", "h\u001b[K\u001b[Dhe\u001b[K\u001b[D\u001b[Dhel\u001b[K\u001b[D\u001b[D\u001b[Dhelp\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dhelp \u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dhelp q\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dhelp qu\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dhelp quit \u001b[K"),
        ("info bl\t", "i\u001b[K\u001b[Din\u001b[K\u001b[D\u001b[Dinf\u001b[K\u001b[D\u001b[D\u001b[Dinfo\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dinfo \u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo b\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo bl\u001b[K\r\nblock       block-jobs  blockstats  \r\n(qemu) info block\u001b[K"),
        ("stop\ncont\n\u001b[A\u001b[A\u001b[A\u001b[B\u001b[B\u001b[B", "s\u001b[K\u001b[Dst\u001b[K\u001b[D\u001b[Dsto\u001b[K\u001b[D\u001b[D\u001b[Dstop\u001b[K\r\n(qemu) c\u001b[K\u001b[Dco\u001b[K\u001b[D\u001b[Dcon\u001b[K\u001b[D\u001b[D\u001b[Dcont\u001b[K\r\n(qemu) cont\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dstop\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dcont\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[K"),
        ("stop\nstop\ncont\nstop\n\u001b[A\u001b[A\u001b[A", "s\u001b[K\u001b[Dst\u001b[K\u001b[D\u001b[Dsto\u001b[K\u001b[D\u001b[D\u001b[Dstop\u001b[K\r\n(qemu) s\u001b[K\u001b[Dst\u001b[K\u001b[D\u001b[Dsto\u001b[K\u001b[D\u001b[D\u001b[Dstop\u001b[K\r\n(qemu) c\u001b[K\u001b[Dco\u001b[K\u001b[D\u001b[Dcon\u001b[K\u001b[D\u001b[D\u001b[Dcont\u001b[K\r\n(qemu) s\u001b[K\u001b[Dst\u001b[K\u001b[D\u001b[Dsto\u001b[K\u001b[D\u001b[D\u001b[Dstop\u001b[K\r\n(qemu) stop\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dcont\u001b[K"),
        ("foo\n  \n\n\u001b[A", "f\u001b[K\u001b[Dfo\u001b[K\u001b[D\u001b[Dfoo\u001b[K\r\nunknown command: 'foo'\r\n(qemu)  \u001b[K\u001b[D  \u001b[K\r\n(qemu) \r\n(qemu)   \u001b[K"),
        ("foo\nba\u001b[A\u001b[B\u001b[B", "f\u001b[K\u001b[Dfo\u001b[K\u001b[D\u001b[Dfoo\u001b[K\r\nunknown command: 'foo'\r\n(qemu) b\u001b[K\u001b[Dba\u001b[K\u001b[D\u001b[Dfoo\u001b[K\u001b[D\u001b[D\u001b[D\u001b[K"),
        ("foo\nfoobar\n\u001b[A\u007f\u001b[A\u001b[B", "f\u001b[K\u001b[Dfo\u001b[K\u001b[D\u001b[Dfoo\u001b[K\r\nunknown command: 'foo'\r\n(qemu) f\u001b[K\u001b[Dfo\u001b[K\u001b[D\u001b[Dfoo\u001b[K\u001b[D\u001b[D\u001b[Dfoob\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dfooba\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dfoobar\u001b[K\r\nunknown command: 'foobar'\r\n(qemu) foobar\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dfooba\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dfoo\u001b[K\u001b[D\u001b[D\u001b[Dfoobar\u001b[K"),
        ("one\ninfo history\n", "o\u001b[K\u001b[Don\u001b[K\u001b[D\u001b[Done\u001b[K\r\nunknown command: 'one'\r\n(qemu) i\u001b[K\u001b[Din\u001b[K\u001b[D\u001b[Dinf\u001b[K\u001b[D\u001b[D\u001b[Dinfo\u001b[K\u001b[D\u001b[D\u001b[D\u001b[Dinfo \u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo h\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo hi\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo his\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo hist\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo histo\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo histor\u001b[K\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[Dinfo history\u001b[K\r\n0: 'one'\r\n1: 'info history'\r\n(qemu) "),
        ("a\u0000\u0007\u001f\u0003b", "a\u001b[K\u001b[Dab\u001b[K"),
    ];

    // Test runners do not take control characters in names.
    private static IEnumerable<TestCaseData> Cases
        => Recorded.Select(static c => new TestCaseData(c.Typed, c.Echo).SetArgDisplayNames(Uri.EscapeDataString(c.Typed)));

    [TestCaseSource(nameof(Cases))]
    public async Task Typing_is_echoed_as_in_QEMU(string typed, string echo)
    {
        await using BlockHost host = await BlockHost.StartAsync();
        var monitor = new HumanMonitor(host.Services);
        var editor = new LineEditor("(qemu) ", HumanMonitor.Complete);
        editor.Prompt();
        _ = editor.TakeOutput();

        foreach (char c in typed)
        {
            if (editor.Read((byte)c) is { } line)
            {
                editor.Write(await host.Loop.InvokeAsync(async () => await monitor.ExecuteAsync(line, editor.History.Lines)));
                editor.Prompt();
            }
        }

        Assert.That(Encoding.Latin1.GetString(editor.TakeOutput()), Is.EqualTo(echo));
    }

    [Test]
    public void A_line_has_an_end()
    {
        var editor = new LineEditor("", _ => []);
        for (int i = 0; i < 5000; i++)
        {
            Assert.That(editor.Read((byte)'x'), Is.Null);
            _ = editor.TakeOutput();
        }

        Assert.That(editor.Read((byte)'\n'), Has.Length.EqualTo(4095));
    }

    [Test]
    public void The_history_keeps_the_latest_lines()
    {
        var history = new LineHistory();
        for (int i = 0; i < 100; i++)
        {
            history.Add($"line {i}");
        }

        Assert.That(history.Lines, Has.Count.EqualTo(64));
        Assert.That(history.Lines[^1], Is.EqualTo("line 99"));
    }
}
