using NUnit.Framework;
using QmpHost.Block.Core;
using QmpHost.Block.Drivers.Quorum;

namespace QmpHost.Block.Tests.Drivers;

public sealed class QuorumVoteTests
{
    [Test]
    public void The_most_frequent_version_wins_and_of_equals_the_one_that_came_up_last([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 2000; round++)
        {
            int children = random.Next(1, 9);
            byte[][] data = [.. Enumerable.Range(0, children).Select(_ => new[] { (byte)random.Next(3) })];
            Errno[] errors = [.. Enumerable.Range(0, children).Select(i => i > 0 && random.Next(4) == 0 ? Errno.EIO : 0)];
            var vote = new QuorumVote(data, errors);

            byte[] voters = [.. Enumerable.Range(0, children).Where(i => errors[i] == 0).Select(i => data[i][0])];
            int most = voters.GroupBy(static v => v).Max(static g => g.Count());
            byte expected = voters.Distinct().Last(v => voters.Count(other => other == v) == most);
            Assert.That(data[vote.Winner[0]][0], Is.EqualTo(expected));
            Assert.That(vote.Winner, Has.Count.EqualTo(most));
            Assert.That(vote.Losers.Count() + most, Is.EqualTo(voters.Length));
            Assert.That(vote.IsUnanimous, Is.EqualTo(voters.Distinct().Count() == 1));
        }
    }

    [TestCase(new[] { Errno.ENOSPC, Errno.EIO }, Errno.EIO)]
    [TestCase(new[] { Errno.EIO, Errno.ENOSPC }, Errno.ENOSPC)]
    [TestCase(new[] { Errno.ENOSPC, (Errno)0, Errno.ENOSPC, Errno.EIO }, Errno.ENOSPC)]
    public void The_most_frequent_error_is_the_one_to_fail_with(Errno[] errors, Errno expected)
        => Assert.That(QuorumVote.OfErrors(errors), Is.EqualTo(expected));
}
