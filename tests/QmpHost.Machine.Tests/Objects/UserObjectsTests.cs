using System.Text;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using QmpHost.Block;
using QmpHost.Block.Loop;
using QmpHost.Machine.Objects;
using QmpHost.Machine.Qom;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;
using QmpHost.Qapi.Schema;

namespace QmpHost.Machine.Tests.Objects;

/// <summary>What recorded exchanges do not show: the objects behind the answers.</summary>
public sealed class UserObjectsTests : IQapiEventSink
{
    private BlockLayer _layer = null!;
    private QomTree _tree = null!;
    private UserObjects _objects = null!;

    [SetUp]
    public void MakeTree()
    {
        _tree = new QomTree(VersionProfile.Default);
        _layer = new BlockLayer(new EventLoop(), new FakeTimeProvider(), this, VersionProfile.Default);
        _objects = new UserObjects(_tree, _layer.ThrottleGroups);
    }

    [Test]
    public async Task A_secret_is_decrypted_with_another()
    {
        await AddAsync("secret", "key", """{"data": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "format": "base64"}""");
        await AddAsync("secret", "s", """{"data": "f9Etr7fpWZ0LhJrYwuPCHw==", "keyid": "key", "format": "base64", "iv": "AAECAwQFBgcICQoLDA0ODw=="}""");
        Assert.That(SecretObject.LookUp(_tree, "s").ToArray(), Is.EqualTo("hello"u8.ToArray()));
    }

    [Test]
    public async Task A_secret_is_read_from_a_file()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "from a file\n");
            await AddAsync("secret", "s", $$"""{"file": "{{path}}"}""");
        }
        finally
        {
            File.Delete(path);
        }

        Assert.That(Encoding.UTF8.GetString(SecretObject.LookUp(_tree, "s").Span), Is.EqualTo("from a file\n"));
    }

    [Test]
    public async Task A_group_belongs_to_the_block_layer_while_it_is_there()
    {
        await AddAsync("throttle-group", "tg", """{"limits": {"iops-total": 100}}""");
        Assert.That(_layer.ThrottleGroups.Find("tg")?.Limits.IopsTotal, Is.EqualTo(100));
        await _tree.SetPropertyAsync("tg", "limits", JsonParser.Parse("""{"iops-total": 7}"""));
        Assert.That(_layer.ThrottleGroups.Find("tg")?.Limits.IopsTotal, Is.EqualTo(7));
        _objects.Delete("tg");
        Assert.That(_layer.ThrottleGroups.Find("tg"), Is.Null);
    }

    [Test]
    public async Task Options_of_the_schema_become_properties()
    {
        var options = new ObjectOptions.Iothread
        {
            Id = "io",
            PollMaxNs = 5,
            AioMaxBatch = 3,
        };
        var thread = (IoThreadObject)await _objects.AddAsync(options, VersionProfile.Default);
        Assert.That((thread.PollMaxNs, thread.AioMaxBatch, thread.PollGrow), Is.EqualTo((5, 3, 0)));
        Assert.That(_objects.All<IoThreadObject>(), Is.EqualTo(new[] { thread }));
    }

    [Test]
    public void What_cannot_be_completed_leaves_nothing_behind()
    {
        Assert.That(async () => await AddAsync("secret", "s", "{}"), Throws.InstanceOf<QmpException>());
        Assert.That(() => _tree.Get("s"), Throws.InstanceOf<QmpException>());
    }

    public void Emit(QapiEvent qapiEvent) => Assert.Fail($"unexpected event {qapiEvent.Name}");

    private ValueTask<UserObject> AddAsync(string type, string id, string properties)
        => _objects.AddAsync(type, id, (QDict)JsonParser.Parse(properties));
}
