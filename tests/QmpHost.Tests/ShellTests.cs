using NUnit.Framework;
using QmpHost.Qapi;
using QmpHost.Shell;

namespace QmpHost.Tests;

/// <summary>What is typed in the shell, and what completes it, by the schema of a release.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ShellTests
{
    private static readonly QmpSchema Schema = new((QList)QmpHost.Qapi.Json.JsonParser.Parse(
        $"[{string.Join(',', QapiIntrospection.List(VersionProfile.Default, QmpProgram.System).Select(static info => info.ToObject(VersionProfile.Default).ToString()))}]"));

    [TestCase("blockdev-add driver=qcow2 node-name=7 file.driver=file file.filename='a b'", "{\"driver\": \"qcow2\", \"node-name\": \"7\", \"file\": {\"driver\": \"file\", \"filename\": \"a b\"}}")]
    [TestCase("blockdev-add driver=null-co size=512 read-zeroes=on", "{\"driver\": \"null-co\", \"size\": 512, \"read-zeroes\": true}")]
    [TestCase("query-named-block-nodes {\"flat\": true}", "{\"flat\": true}")]
    [TestCase("{\"execute\": \"query-block\", \"arguments\": {\"a\": [1]}}", "{\"a\": [1]}")]
    public void A_line_becomes_arguments_of_the_types_that_the_schema_has(string line, string arguments)
        => Assert.That(ShellLine.Parse(line, Schema).Arguments!.DeepEquals(QmpHost.Qapi.Json.JsonParser.Parse(arguments)), ShellLine.Parse(line, Schema).Arguments!.ToString());

    [TestCase("blockdev-a", "blockdev-add")]
    [TestCase("blockdev-backup sync=incr", "sync=incremental")]
    [TestCase("blockdev-add driver=qcow2 file.dri", "file.driver=")]
    [TestCase("blockdev-add driver=null-co lat", "latency-ns=")]
    [TestCase("blockdev-del node-name=d", "node-name=disk")]
    [TestCase("job-cancel id=", "id=job")]
    [TestCase("blockdev-add read-only=t", "read-only=true")]
    public void The_last_word_is_completed(string text, string word)
        => Assert.That(new ShellCompletion(Schema, static kind => kind == "job" ? ["job"] : ["disk"]).Complete(text), Does.Contain(word));

    [Test]
    public void What_is_no_member_is_refused()
        => Assert.That(() => ShellLine.Parse("stop now", Schema), Throws.TypeOf<QmpException>().With.Message.Contains("NAME=VALUE"));
}
