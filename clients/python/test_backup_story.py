"""The story of a small backup tool in nine tests, each on a host of its own."""

import concurrent.futures
import unittest

import qmphost

MIB = 1 << 20


class BackupStory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.control = cls.enterClassContext(qmphost.serve())

    def setUp(self):
        self.host = self.enterContext(self.control.start(clock="virtual", record=True))
        for name in ("disk", "copy"):
            self.host.add_disk(name, 4 * MIB)
        self.guest = self.host.disk("disk")
        self.guest.fill(value=7)
        self.host.execute("block-dirty-bitmap-add", node="disk", name="changes")

    def back_up(self, sync="full", **more):
        self.host.execute("blockdev-backup", job_id="job", device="disk", target="copy", sync=sync, auto_dismiss=False, **more)

    def end(self):
        data = self.host.wait_event("BLOCK_JOB_C*", device="job")["data"]
        self.host.execute("job-dismiss", id="job")
        return data.get("error")

    def test_full_and_incremental_backup_restore_the_disk(self):
        self.back_up()
        self.assertIsNone(self.end())
        self.guest.fill(offset=MIB, bytes=MIB, value=9)
        self.back_up("incremental", bitmap="changes")
        self.assertIsNone(self.end())
        self.assertEqual([], self.host.differences("disk", "copy"))

    def test_a_full_target_fails_the_backup_and_keeps_the_bitmap(self):
        self.host.add_rule(request={"node": "copy-file"}, fullAfter=MIB)
        self.guest.fill(bytes=65536, value=9)
        self.back_up()
        self.assertEqual("No space left on device", self.end())
        self.assertEqual(65536, self.host.bitmap("disk", "changes")["count"])

    def test_a_cancelled_backup_leaves_nothing(self):
        with self.host.hold_job("job", percent=25) as gate:
            self.back_up()
            gate.wait()
            self.host.execute("job-cancel", id="job")
        self.assertIsNone(self.end())
        self.assertEqual([], self.host.leftovers()["jobs"])

    def test_ten_minutes_pass_in_no_time(self):
        self.back_up(speed=4096)
        self.host.advance(600)
        self.assertEqual("running", self.host.execute("query-jobs")[0]["status"])

    def test_a_connection_that_drops_leaves_the_job_running(self):
        self.host.add_rule(reply={"command": "blockdev-backup"}, drop="before")
        with self.host.hold_job("job", percent=50) as gate:
            with self.assertRaises(qmphost.ControlError):
                self.back_up()
            gate.wait()
        self.host.settle()

    def test_many_hosts_side_by_side(self):
        def run():
            with self.control.start() as host:
                host.add_disk("disk", MIB)
                host.add_disk("copy", MIB)
                host.execute("blockdev-backup", job_id="job", device="disk", target="copy", sync="full")
                host.wait_event("BLOCK_JOB_COMPLETED")
        with concurrent.futures.ThreadPoolExecutor(50) as threads:
            [done.result() for done in [threads.submit(run) for _ in range(500)]]

    def test_events_come_in_their_order(self):
        self.back_up()
        self.end()
        self.host.call("record.order", steps=["blockdev-backup", "BLOCK_JOB_COMPLETED", "job-dismiss"])

    def test_bitmaps_and_graph_are_objects(self):
        self.guest.fill(offset=MIB, bytes=65536, value=1)
        self.assertEqual(65536, self.host.bitmap("disk", "changes")["count"])
        self.assertIn("bitmap changes", self.host.graph())

    def test_what_the_guest_writes_at_exactly_half_is_not_in_the_backup(self):
        with self.host.hold_job("job", percent=50) as gate:
            self.back_up()
            gate.wait()
            self.assertEqual(2 * MIB, self.host.execute("query-jobs")[0]["current-progress"])
            self.guest.fill(offset=3 * MIB, bytes=65536, value=9)
        self.assertIsNone(self.end())
        self.assertEqual(bytes([7]) * 4 * MIB, self.host.read("copy"))
