using NUnit.Framework;
using QmpHost.IoTests.Faults;

namespace QmpHost.IoTests;

/// <summary>Which differences of a new image are explained by what the file held before.</summary>
[TestFixture]
internal sealed class CreationJudgeTests
{
    // Of the kind "preallocated": a refcount block, an L2 table, and the last cluster, which is the disk's.
    private const int RefcountBlock = 2 * 4096;
    private const int L2Table = 4 * 4096;

    private byte[] _own = [];
    private byte[] _oracle = [];

    [SetUp]
    public async Task Read()
    {
        using var images = new FaultImages();
        await images.LoadAsync(CancellationToken.None);
        using var folder = new Sessions.SessionFolder();
        images.Copy("preallocated", folder.Path);
        _own = await File.ReadAllBytesAsync(Path.Combine(folder.Path, "image"));
        _oracle = [.. _own];
    }

    [Test]
    public void Old_data_in_clusters_of_the_disk_is_one()
    {
        _oracle[^1] = 1;

        Assert.That(CreationJudge.ShowsOldContents(_oracle, _own), Is.True);
    }

    [Test]
    public void Equal_images_are_none() => Assert.That(CreationJudge.ShowsOldContents(_oracle, _own), Is.False);

    [TestCase(31, TestName = "Another_size_is_none")]
    [TestCase(RefcountBlock + 1, TestName = "Another_count_is_none")]
    [TestCase(L2Table + 7, TestName = "Another_entry_is_none")]
    public void Another_table_is_none(int at)
    {
        _oracle[^1] = 1;
        _oracle[at] ^= 2;

        Assert.That(CreationJudge.ShowsOldContents(_oracle, _own), Is.False);
    }

    [Test]
    public void Old_data_that_QmpHost_shows_is_none()
    {
        _own[^1] = 1;

        Assert.That(CreationJudge.ShowsOldContents(_oracle, _own), Is.False);
    }

    [Test]
    public void A_file_of_another_length_is_none()
        => Assert.That(CreationJudge.ShowsOldContents([.. _oracle[..^1], 1, 0], _own), Is.False);

    [TestCase(RefcountBlock + 1, true, TestName = "Other_counts_of_an_image_that_was_given_up_are_explained")]
    [TestCase(L2Table + 7, false, TestName = "Another_entry_of_an_image_that_was_given_up_is_not")]
    [TestCase(0, false, TestName = "Another_magic_number_of_an_image_that_was_given_up_is_not")]
    public void An_image_that_was_given_up_differs_in_counts_alone(int at, bool expected)
    {
        _oracle[at] ^= 2;

        Assert.That(CreationJudge.IsGivenUp(_oracle, _own, isClean: true), Is.EqualTo(expected));
    }

    [Test]
    public void Counts_of_one_with_leaks_that_QEMU_has_not_are_not_explained()
    {
        _oracle[RefcountBlock + 1] ^= 1;

        Assert.That(CreationJudge.IsGivenUp(_oracle, _own, isClean: false), Is.False);
    }

    [Test]
    public void A_cluster_that_is_not_in_use_may_follow_in_QEMUs_file()
        => Assert.That(CreationJudge.IsGivenUp([.. _oracle, 1], _own, isClean: false), Is.True);

    [Test]
    public void A_cluster_that_is_in_use_may_not_be_missing()
        => Assert.That(CreationJudge.IsGivenUp(_oracle, _own[..^4096], isClean: true), Is.False);

    [Test]
    public void An_image_that_was_given_up_may_be_none_yet()
    {
        _own.AsSpan(0, 4).Clear();

        Assert.That(CreationJudge.IsGivenUp(_oracle, _own, isClean: true), Is.True);
    }

    [Test]
    public void Clusters_that_are_not_in_use_may_differ()
    {
        int last = (_own.Length / 4096) - 1;
        _own.AsSpan(RefcountBlock + (last * 2), 2).Clear();
        _own.AsSpan().CopyTo(_oracle);
        _oracle[^1] = 7;

        Assert.That(CreationJudge.IsGivenUp(_oracle, _own, isClean: true), Is.True);
    }
}
