using System.Text.Json.Nodes;

namespace QmpHost.IoTests.Harness;

/// <summary>Jobs as scenarios run them.</summary>
public static class ScenarioJobs
{
    /// <summary>
    /// Follows a job to its end and logs its <c>BLOCK_JOB_*</c> events.
    /// </summary>
    /// <param name="host">The host that runs the job.</param>
    /// <param name="log">The log.</param>
    /// <param name="id">The job.</param>
    /// <param name="pending">What to do once the job waits to be finalised; null for a job that finalises itself.</param>
    /// <returns>The last <c>BLOCK_JOB_COMPLETED</c> or <c>BLOCK_JOB_CANCELLED</c> event.</returns>
    public static async Task<JsonObject> RunJobAsync(this ScenarioHost host, ScenarioLog log, string id, Func<Task>? pending = null)
    {
        JsonObject? last = null;
        while (true)
        {
            JsonObject message = await host.NextEventAsync();
            string name = (string)message["event"]!;
            JsonNode data = message["data"] ?? new JsonObject();
            if (name == "JOB_STATUS_CHANGE")
            {
                string status = (string?)data["id"] == id ? (string)data["status"]! : string.Empty;
                if (status == "pending" && pending is not null)
                {
                    await pending();
                }
                else if (status == "null")
                {
                    return last ?? throw new InvalidOperationException($"job {id} ended without an event of its own");
                }
            }
            else
            {
                last = name is "BLOCK_JOB_COMPLETED" or "BLOCK_JOB_CANCELLED" ? message : last;
                log.Json(message);
            }
        }
    }

    /// <summary>Makes an image by two jobs and opens it: first the file, then the format in it.</summary>
    public static async Task CreateImageAsync(this ScenarioHost host, ScenarioLog log, string node, string path, string format, long size)
    {
        await host.CreateAsync(log, "bdc-file-job", new JsonObject { ["driver"] = "file", ["filename"] = path, ["size"] = 0 });
        await host.AddAsync(log, new JsonObject { ["driver"] = "file", ["filename"] = path, ["node-name"] = node + "-file" });
        await host.CreateAsync(log, "bdc-fmt-job", new JsonObject { ["driver"] = format, ["file"] = node + "-file", ["size"] = size });
        await host.AddAsync(log, new JsonObject { ["driver"] = format, ["file"] = node + "-file", ["node-name"] = node });
    }

    private static async Task CreateAsync(this ScenarioHost host, ScenarioLog log, string job, JsonObject options)
    {
        JsonObject reply = await host.ExecuteAsync("blockdev-create", new JsonObject { ["job-id"] = job, ["options"] = options });
        log.Json(Result(reply));
        string status;
        do
        {
            JsonObject message = await host.NextEventAsync();
            status = (string?)message["event"] == "JOB_STATUS_CHANGE" && (string?)message["data"]!["id"] == job
                ? (string)message["data"]!["status"]!
                : string.Empty;
        }
        while (status != "concluded");

        await host.LogAsync("job-dismiss", new JsonObject { ["id"] = job });
    }

    private static async Task AddAsync(this ScenarioHost host, ScenarioLog log, JsonObject options) =>
        log.Json(Result(await host.ExecuteAsync("blockdev-add", options)));

    // An error reply is logged whole, so that it stands out against the golden.
    private static JsonNode? Result(JsonObject reply) => reply.ContainsKey("return") ? reply["return"] : reply;
}
