using NUnit.Framework;
using QmpHost.Control.Rpc;

namespace QmpHost.Inspect.Tests;

/// <summary>The live page in a browser: what it shows, and what a click does.</summary>
[Category("Browser")]
internal sealed class PageTests
{
    [Test]
    public async Task A_job_is_held_seen_and_released_by_click()
    {
        string folder = Directory.CreateTempSubdirectory("qmphost-page-").FullName;
        try
        {
            await using ControlServer control = ControlServer.Serve(Path.Combine(folder, "control"));
            await using InspectServer server = await InspectServer.StartAsync(control.Address, 0);
            await using Browser page = await Browser.OpenAsync(server.Address);

            await page.EvaluateAsync("$('start').click()");
            await page.WaitAsync("document.querySelectorAll('#hosts button').length === 1 && host");
            await page.EvaluateAsync("""
                (async () => {
                  for (const name of ["disk", "copy"]) await ask("qmp.execute", { command: "blockdev-add", arguments: { driver: "null-co", "node-name": name, size: 1 << 20, "read-zeroes": true } });
                  await ask("qmp.execute", { command: "block-dirty-bitmap-add", arguments: { node: "disk", name: "changes" } });
                  await ask("guest.fill", { disk: "disk", offset: 0, bytes: 65536 });
                })()
                """);
            await page.EvaluateAsync("$('job').value = 'backup', $('percent').value = 50, $('hold').click()");
            await page.WaitAsync("$('gates').innerText.includes('backup')");
            await page.EvaluateAsync("""ask("qmp.execute", { command: "blockdev-backup", arguments: { "job-id": "backup", device: "disk", target: "copy", sync: "full", "auto-dismiss": false } })""");
            await page.WaitAsync("$('jobs').innerText.includes('backup: backup, running, 524288 of 1048576') && $('gates').innerText.includes('holding')");
            await page.WaitAsync("$('graph').querySelector('svg') && $('graph').textContent.includes('disk') && $('bitmaps').innerText.includes('disk / changes: 65536 of 1048576 bytes dirty')");
            await KeepPictureAsync(page);

            await page.EvaluateAsync("$('gates').querySelector('button').click()");
            await page.WaitAsync("$('jobs').innerText.includes('backup: backup, concluded, 1048576 of 1048576')");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task KeepPictureAsync(Browser page)
    {
        byte[] picture = await page.TakePictureAsync();
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, "page.png");
        await File.WriteAllBytesAsync(file, picture);
        TestContext.AddTestAttachment(file, "The page while the job is held.");
        Assert.That(picture, Has.Length.GreaterThan(10_000));
    }
}
