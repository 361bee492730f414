using System.Buffers;
using System.Text;
using NUnit.Framework;
using QmpHost.Qapi.Schema;

namespace QmpHost.Qapi.Tests.Visitors;

[TestFixture]
public class DeepNestingTests
{
    private const int DeepestThatTheParserLetsThrough = 1024;
    private const int UsualStack = 2 << 20;
    private const int SmallStack = 256 << 10;

    [Test]
    public void The_deepest_request_is_read_and_written()
    {
        QObject options = Nested();
        string? written = null;
        Run(UsualStack, () => written = Write(BlockdevOptions.Visit(new QapiInputVisitor(VersionProfile.Default), null, options)));
        Assert.That(written, Is.EqualTo(options.ToString()));
    }

    [Test]
    public void Where_the_stack_does_not_suffice_reading_fails_as_any_command_fails()
    {
        QObject options = Nested();
        Exception? error = null;
        Run(SmallStack, () => error = Assert.Catch(() => BlockdevOptions.Visit(new QapiInputVisitor(VersionProfile.Default), null, options)));
        Assert.That(error, Is.TypeOf<QmpException>().With.Message.EndsWith(".file' is nested too deeply"));
    }

    private static QObject Nested()
    {
        QObject options = new QDict { { "driver", new QString("null-co") } };
        for (int i = 1; i < DeepestThatTheParserLetsThrough; i++)
        {
            options = new QDict { { "driver", new QString("raw") }, { "file", options } };
        }

        return options;
    }

    private static void Run(int stackSize, ThreadStart action)
    {
        var thread = new Thread(action, stackSize);
        thread.Start();
        thread.Join();
    }

    private static string Write(BlockdevOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        options.WriteTo(writer, VersionProfile.Default);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
