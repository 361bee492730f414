using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using QmpHost.Client;
using QmpHost.Qapi;
using QmpHost.Qapi.Json;

namespace QmpHost.Hosting.Tests.Tls;

/// <summary>TLS between two hosts, and what is said of certificates. The messages were recorded from QEMU 7.2.</summary>
[TestFixture]
public sealed class TlsTests
{
    private CertificateFolder _certificates = null!;
    private BlockHost _server = null!;
    private BlockHost _client = null!;
    private ReportWriter _reports = null!;

    private string Socket => Path.Combine(_certificates.Path, "nbd");

    [SetUp]
    public async Task SetUp()
    {
        _certificates = new CertificateFolder();
        _reports = new ReportWriter();
        _server = await BlockHost.StartAsync(new BlockHostOptions { StandardError = _reports });
        _client = await BlockHost.StartAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        await _reports.DisposeAsync();
        _certificates.Dispose();
    }

    [Test]
    public async Task Both_sides_prove_themselves()
    {
        await ServeAsync();
        Assert.That(await OpenAsync(), Is.Null);
    }

    [TestCase("NORMAL:-VERS-TLS1.3", "NORMAL", null)]
    [TestCase("NORMAL", "NONE:+VERS-TLS1.2", null)]
    [TestCase("SECURE128", "NORMAL:-VERS-ALL:+VERS-TLS1.3", null)]
    [TestCase("NORMAL", "NONE", "Cannot set default TLS session priority NONE: No or insufficient priorities were set.")]
    [TestCase("NORMAL", "NORMAL:-VERS-ALL", "Cannot set default TLS session priority NORMAL:-VERS-ALL: No or insufficient priorities were set.")]
    [TestCase("NORMAL", "NORMAL:+FOO", "Cannot set default TLS session priority NORMAL:+FOO: The request is invalid.")]
    [TestCase("NORMAL", "@SYSTEM", "Cannot set default TLS session priority @SYSTEM: The request is invalid.")]
    [TestCase("NORMAL", "+VERS-ALL:NORMAL", "Cannot set default TLS session priority +VERS-ALL:NORMAL: The request is invalid.")]
    public async Task Versions_follow_from_priorities(string server, string client, string? error)
    {
        await ServeAsync($", 'priority': '{server}'");
        Assert.That(await OpenAsync($", 'priority': '{client}'"), Is.EqualTo(error));
    }

    [Test]
    public async Task Without_a_version_in_common_there_is_no_session()
    {
        await ServeAsync(", 'priority': 'NORMAL:-VERS-TLS1.3'");
        Assert.That(await OpenAsync(", 'priority': 'NORMAL:-VERS-TLS1.2'"), Does.StartWith("TLS handshake failed: "));
    }

    [Test]
    public async Task A_server_is_known_by_its_name()
    {
        await ServeAsync();
        Assert.That(await OpenAsync(host: "other"), Is.EqualTo("Certificate does not match the hostname other"));
        Assert.That(await OpenAsync(host: null), Is.EqualTo("No hostname for certificate validation"));
        Assert.That(await OpenAsync(", 'verify-peer': false", host: "other"), Is.Null);
    }

    [Test]
    public async Task A_server_of_another_authority_is_not_trusted()
    {
        await ServeAsync();
        using var others = new CertificateFolder("Other authority");
        Assert.That(await OpenAsync(folder: others.Path), Is.EqualTo("The certificate hasn't got a known issuer"));
    }

    [Test]
    public async Task A_client_must_show_a_certificate_if_the_server_verifies_it()
    {
        File.Delete(Path.Combine(_certificates.Path, "client-key.pem"));
        await ServeAsync();
        Assert.That(await OpenAsync(), Does.StartWith("Failed to "));
        await _reports.WaitAsync("option negotiation failed: Verify failed: No certificate was found.");
    }

    [Test]
    public async Task A_client_need_not_show_a_certificate_otherwise()
    {
        File.Delete(Path.Combine(_certificates.Path, "client-key.pem"));
        await ServeAsync(", 'verify-peer': false");
        Assert.That(await OpenAsync(), Is.Null);
    }

    [Test]
    public async Task A_revoked_client_is_not_served()
    {
        _certificates.Revoke(_certificates.Issue("client", "CN=lost"));
        await ServeAsync();
        Assert.That(await OpenAsync(), Does.StartWith("Failed to "));
        await _reports.WaitAsync("option negotiation failed: The certificate has been revoked");
    }

    [Test]
    public async Task An_expired_client_is_not_served()
    {
        _certificates.Issue("client", "CN=old", fromDay: -5, toDay: -2);
        await ServeAsync();
        Assert.That(await OpenAsync(", 'sanity-check': false"), Does.StartWith("Failed to "));
        await _reports.WaitAsync("option negotiation failed: The certificate is not trusted");
    }

    [TestCase("{'qom-type': 'authz-simple', 'id': 'who', 'identity': 'O=Example,CN=client'}", true)]
    [TestCase("{'qom-type': 'authz-simple', 'id': 'who', 'identity': 'CN=client,O=Example'}", false)]
    [TestCase("{'qom-type': 'authz-list', 'id': 'who', 'rules': [{'match': 'O=Ex?mple,CN=cl*', 'policy': 'allow', 'format': 'glob'}]}", true)]
    [TestCase("{'qom-type': 'authz-list', 'id': 'who', 'rules': [{'match': 'O=[E]xample*', 'policy': 'allow', 'format': 'glob'}]}", false)]
    [TestCase("{'qom-type': 'authz-list', 'id': 'who', 'policy': 'allow', 'rules': [{'match': '*nt', 'policy': 'deny', 'format': 'glob'}]}", false)]
    [TestCase("{'qom-type': 'authz-list', 'id': 'who', 'policy': 'allow', 'rules': [{'match': '*nt', 'policy': 'deny'}]}", true)]
    public async Task Access_lists_know_clients_by_their_names(string who, bool isWelcome)
    {
        await RunAsync(_server, "object-add", who);
        await ServeAsync(authorization: "who");
        string? error = await OpenAsync();
        Assert.That(error, isWelcome ? Is.Null : Does.StartWith("Failed to "));
        if (!isWelcome)
        {
            await _reports.WaitAsync("option negotiation failed: TLS x509 authz check for O=Example,CN=client is denied");
        }
    }

    [Test]
    public async Task Keys_may_have_passwords()
    {
        _certificates.Issue("server", "CN=localhost", password: "pass");
        await RunAsync(_server, "object-add", "{'qom-type': 'secret', 'id': 'wrong', 'data': 'x'}");
        await RunAsync(_server, "object-add", "{'qom-type': 'secret', 'id': 'right', 'data': 'pass'}");
        string failed = $"Cannot load certificate '{_certificates.Path}/server-cert.pem' & key '{_certificates.Path}/server-key.pem': Decryption has failed.";
        Assert.That(await AddCredentialsAsync(""), Is.EqualTo(failed));
        Assert.That(await AddCredentialsAsync(", 'passwordid': 'wrong'"), Is.EqualTo(failed));
        Assert.That(await AddCredentialsAsync(", 'passwordid': 'right'"), Is.Null);
    }

    [Test]
    public async Task Usual_mistakes_are_found_at_once()
    {
        string path = $"{_certificates.Path}/server-cert.pem";
        _certificates.Issue("server", "CN=localhost", fromDay: -5, toDay: -2);
        Assert.That(await AddCredentialsAsync(""), Is.EqualTo($"The server certificate {path} has expired"));
        _certificates.Issue("server", "CN=localhost", fromDay: 2, toDay: 5);
        Assert.That(await AddCredentialsAsync(""), Is.EqualTo($"The server certificate {path} is not yet active"));
        _certificates.Issue("server", "CN=localhost", extensions: [new X509KeyUsageExtension(X509KeyUsageFlags.DataEncipherment, critical: true)]);
        Assert.That(await AddCredentialsAsync(""), Is.EqualTo($"Certificate {path} usage does not permit digital signature"));
        _certificates.Issue("server", "CN=localhost", extensions: [Purpose("1.3.6.1.5.5.7.3.2", critical: true)]);
        Assert.That(await AddCredentialsAsync(""), Is.EqualTo($"Certificate {path} purpose does not allow use with a TLS server"));
        _certificates.Issue("server", "CN=localhost", extensions: [Purpose("1.3.6.1.5.5.7.3.2", critical: false)]);
        Assert.That(await AddCredentialsAsync(""), Is.Null);
    }

    [Test]
    public async Task Who_proves_nothing_is_served_neither_with_TLS_nor_without()
    {
        await RunAsync(_server, "object-add", "{'qom-type': 'tls-creds-anon', 'id': 's', 'endpoint': 'server'}");
        await RunAsync(_server, "nbd-server-start", $"{{'addr': {{'type': 'unix', 'data': {{'path': '{Socket}'}}}}, 'tls-creds': 's'}}");
        await RunAsync(_server, "blockdev-add", "{'driver': 'null-co', 'node-name': 'disk', 'size': 1048576, 'read-zeroes': true}");
        await RunAsync(_server, "block-export-add", "{'type': 'nbd', 'id': 'e', 'node-name': 'disk'}");
        await RunAsync(_client, "object-add", "{'qom-type': 'tls-creds-anon', 'id': 'c'}");
        string node = $"{{'driver': 'nbd', 'node-name': 'n', 'export': 'disk', 'server': {{'type': 'unix', 'path': '{Socket}'}}";
        Assert.That(await TryAsync(_client, "blockdev-add", node + "}"), Is.Not.Null);
        Assert.That(await TryAsync(_client, "blockdev-add", node + ", 'tls-creds': 'c'}"), Is.Not.Null);
    }

    private static X509EnhancedKeyUsageExtension Purpose(string oid, bool critical) => new([new Oid(oid)], critical);

    private Task<string?> AddCredentialsAsync(string options)
        => TryAsync(_server, "object-add", $"{{'qom-type': 'tls-creds-x509', 'id': 'checked', 'endpoint': 'server', 'dir': '{_certificates.Path}'{options}}}");

    private async Task ServeAsync(string options = "", string? authorization = null)
    {
        await RunAsync(_server, "object-add", $"{{'qom-type': 'tls-creds-x509', 'id': 's', 'endpoint': 'server', 'dir': '{_certificates.Path}'{options}}}");
        string who = authorization is null ? "" : $", 'tls-authz': '{authorization}'";
        await RunAsync(_server, "nbd-server-start", $"{{'addr': {{'type': 'unix', 'data': {{'path': '{Socket}'}}}}, 'tls-creds': 's'{who}}}");
        await RunAsync(_server, "blockdev-add", "{'driver': 'null-co', 'node-name': 'disk', 'size': 1048576, 'read-zeroes': true}");
        await RunAsync(_server, "block-export-add", "{'type': 'nbd', 'id': 'e', 'node-name': 'disk'}");
    }

    /// <summary>Opens the export on the other host and gives the error, or null after a success.</summary>
    private async Task<string?> OpenAsync(string options = "", string? host = "localhost", string? folder = null)
    {
        await TryAsync(_client, "object-del", "{'id': 'c'}");
        await TryAsync(_client, "blockdev-del", "{'node-name': 'n'}");
        await RunAsync(_client, "object-add", $"{{'qom-type': 'tls-creds-x509', 'id': 'c', 'dir': '{folder ?? _certificates.Path}'{options}}}");
        string name = host is null ? "" : $", 'tls-hostname': '{host}'";
        return await TryAsync(
            _client,
            "blockdev-add",
            $"{{'driver': 'nbd', 'node-name': 'n', 'read-only': true, 'server': {{'type': 'unix', 'path': '{Socket}'}}, 'export': 'disk', 'tls-creds': 'c'{name}}}");
    }

    private static async Task RunAsync(BlockHost host, string command, string arguments)
        => Assert.That(await TryAsync(host, command, arguments), Is.Null, $"{command} {arguments}");

    private static async Task<string?> TryAsync(BlockHost host, string command, string arguments)
    {
        await using QmpClient client = await host.ConnectAsync();
        await client.NegotiateAsync();
        try
        {
            await client.ExecuteAsync(command, (QDict)JsonParser.Parse(arguments));
            return null;
        }
        catch (QmpException e)
        {
            return e.Message;
        }
    }
}
