using NUnit.Framework;
using QmpHost.Block.Jobs;
using QmpHost.Qapi;
using QmpHost.Qapi.Schema;

namespace QmpHost.Block.Tests.Jobs;

[TestFixture]
public sealed class JobStateTableTests
{
    // Asked of QEMU 7.2 with backup and mirror jobs brought into each state: "x" is accepted, "-" refused with the
    // message below; "change" of QEMU 10.0. Columns: cancel, pause, resume, set-speed, complete, finalize, change, dismiss.
    [TestCase(JobStatus.Created, "xxxx--x-")]
    [TestCase(JobStatus.Running, "xxxx--x-")]
    [TestCase(JobStatus.Paused, "xxxx--x-")]
    [TestCase(JobStatus.Ready, "xxxxx-x-")]
    [TestCase(JobStatus.Standby, "xxxxx-x-")]
    [TestCase(JobStatus.Waiting, "x-------")]
    [TestCase(JobStatus.Pending, "x----x--")]
    [TestCase(JobStatus.Aborting, "--------")]
    [TestCase(JobStatus.Concluded, "-------x")]
    [TestCase(JobStatus.Null, "--------")]
    public void Each_state_accepts_the_verbs_that_QEMU_accepts(JobStatus status, string accepted)
    {
        string actual = string.Concat(Enum.GetValues<JobVerb>().Select(verb => Accepts(status, verb) ? 'x' : '-'));
        Assert.That(actual, Is.EqualTo(accepted));
    }

    [TestCase(JobVerb.Complete, JobStatus.Running, "Job 'j' in state 'running' cannot accept command verb 'complete'")]
    [TestCase(JobVerb.Finalize, JobStatus.Paused, "Job 'j' in state 'paused' cannot accept command verb 'finalize'")]
    [TestCase(JobVerb.Dismiss, JobStatus.Ready, "Job 'j' in state 'ready' cannot accept command verb 'dismiss'")]
    [TestCase(JobVerb.SetSpeed, JobStatus.Waiting, "Job 'j' in state 'waiting' cannot accept command verb 'set-speed'")]
    [TestCase(JobVerb.Pause, JobStatus.Pending, "Job 'j' in state 'pending' cannot accept command verb 'pause'")]
    [TestCase(JobVerb.Cancel, JobStatus.Concluded, "Job 'j' in state 'concluded' cannot accept command verb 'cancel'")]
    public void A_refused_verb_gives_QEMUs_message(JobVerb verb, JobStatus status, string message)
        => Assert.That(() => JobStateTable.Check("j", status, verb), Throws.TypeOf<QmpException>().With.Message.EqualTo(message));

    [Test]
    public void Every_state_but_null_leads_on_and_null_leads_nowhere()
    {
        foreach (JobStatus from in Enum.GetValues<JobStatus>())
        {
            bool leadsOn = Enum.GetValues<JobStatus>().Any(to => JobStateTable.Allows(from, to));
            Assert.That(leadsOn, Is.EqualTo(from != JobStatus.Null), from.ToString());
        }
    }

    private static bool Accepts(JobStatus status, JobVerb verb)
    {
        try
        {
            JobStateTable.Check("j", status, verb);
            return true;
        }
        catch (QmpException)
        {
            return false;
        }
    }
}
