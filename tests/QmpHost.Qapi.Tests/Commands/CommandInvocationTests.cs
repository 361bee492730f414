using System.Buffers;
using System.Text;
using NUnit.Framework;

namespace QmpHost.Qapi.Tests.Commands;

/// <summary>What stands between a request and a handler.</summary>
[TestFixture]
public class CommandInvocationTests
{
    [Test]
    public void A_command_without_result_returns_an_empty_object() =>
        Assert.That(Write(CommandInvocation.Convert(ValueTask.CompletedTask)), Is.EqualTo("{}"));

    [Test]
    public async Task A_handler_that_waits_completes_the_command_when_it_is_done()
    {
        var source = new TaskCompletionSource<string>();
        ValueTask<QapiResult> result = CommandInvocation.Convert(new ValueTask<string>(source.Task), QapiResult.From);
        Assert.That(result.IsCompleted, Is.False);
        source.SetResult("done");
        Assert.That(Write(new ValueTask<QapiResult>(await result)), Is.EqualTo("\"done\""));
    }

    [Test]
    public void A_handler_that_fails_fails_the_command()
    {
        ValueTask<QapiResult> result = CommandInvocation.Convert(ValueTask.FromException(new QmpException("no")));
        Assert.That(async () => await result, Throws.TypeOf<QmpException>().With.Message.EqualTo("no"));
    }

    [Test]
    public void Absent_arguments_are_an_empty_object() => Assert.That(CommandInvocation.ToDict(null), Is.Empty);

    [Test]
    public void Arguments_must_be_an_object() =>
        Assert.That(() => CommandInvocation.ToDict(new QList()), Throws.TypeOf<QmpException>().With.Message.EqualTo("QMP input member 'arguments' must be an object"));

    [Test]
    public void Arguments_of_a_command_without_any_are_unexpected() =>
        Assert.That(
            () => CommandInvocation.CheckNoArguments(new QDict { { "x", QNull.Instance } }, new CommandContext()),
            Throws.TypeOf<QmpException>().With.Message.EqualTo("Parameter 'x' is unexpected"));

    private static string Write(ValueTask<QapiResult> result)
    {
        Assert.That(result.IsCompletedSuccessfully, Is.True);
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new QapiWriter(buffer);
        result.AsTask().Result.WriteTo(writer, VersionProfile.Default);
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
