"""What the control interface promises, one promise after another: gates, rules, the record, guests at work, orders explored."""

import array
import json
import os
import socket
import tempfile
import unittest

import qmphost

MIB = 1 << 20


class HostTests(unittest.TestCase):
    """Tests that have a host each, with two disks: what is written to them reaches the nodes "disk-file" and "copy-file"."""

    @classmethod
    def setUpClass(cls):
        cls.control = cls.enterClassContext(qmphost.serve())

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.host = self.enterContext(self.control.start(clock="virtual", record=True, monitor=os.path.join(self.folder, "qmp")))
        for name in ("disk", "copy"):
            self.host.add_disk(name, MIB)
        self.guest = self.host.disk("disk")

    def back_up(self, **more):
        self.host.execute("blockdev-backup", job_id="job", device="disk", target="copy", sync="full", auto_dismiss=False, **more)

    def job(self):
        return self.host.execute("query-jobs")[0]

    def client(self):
        """A client of the host without any library."""
        client = Wire(os.path.join(self.folder, "qmp"))
        self.addCleanup(client.close)
        return client

    def refused(self, code, call, *arguments, **more):
        """What a call is refused with."""
        with self.assertRaises(qmphost.ControlError) as caught:
            call(*arguments, **more)
        self.assertEqual(code, caught.exception.code, caught.exception)
        return caught.exception


class Wire:
    """A monitor's connection."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(60)
        self.socket.connect(path)

    def send(self, text, descriptors=()):
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        self.socket.sendmsg([text.encode()], rights)

    def negotiate(self):
        self.read()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.send(json.dumps({"execute": command, "arguments": arguments}))
        return self.read()

    def read(self):
        """The next message; None at the end of the connection."""
        line = b""
        while not line.endswith(b"\n"):
            byte = self.socket.recv(1)
            if not byte:
                return None
            line += byte
        return json.loads(line)

    def rest(self):
        """Everything up to the end of the connection."""
        parts = []
        while part := self.socket.recv(65536):
            parts.append(part)
        return b"".join(parts)

    def close(self):
        self.socket.close()


class GateTests(HostTests):
    def test_a_job_is_held_at_each_state(self):
        for status, shown in (("created", "created"), ("running", "running"), ("waiting", "running"), ("pending", "pending"), ("concluded", "concluded")):
            with self.subTest(status), self.host.hold_job("job", status=status) as gate:
                self.back_up()
                gate.wait()
                self.assertEqual(shown, self.job()["status"])
                gate.release()
                self.host.wait_event("JOB_STATUS_CHANGE", id="job", status="concluded")
                self.host.settle()
                self.host.execute("job-dismiss", id="job")

    def test_a_mirror_is_held_when_it_is_ready(self):
        with self.host.hold_job("job", status="ready") as gate:
            self.host.execute("blockdev-mirror", job_id="job", device="disk", target="copy", sync="full")
            gate.wait()
            self.assertEqual("ready", self.job()["status"])

    def test_a_job_is_held_at_a_percentage_and_at_a_byte(self):
        with self.host.hold_job("job", percent=25) as quarter, self.host.hold_job("job", bytes=MIB // 2) as half:
            self.back_up()
            quarter.wait()
            self.assertEqual(MIB // 4, self.job()["current-progress"])
            quarter.release()
            half.wait()
            self.assertEqual(MIB // 2, self.job()["current-progress"])

    def test_the_nth_request_of_a_kind_to_an_area_is_held(self):
        request = {"node": "disk-file", "kinds": ["write"], "offset": 65536, "bytes": 65536}
        gate = self.host.hold_request(nth=2, **request)
        self.guest.fill(offset=0, bytes=4096, value=1)
        self.guest.fill(offset=65536, bytes=4096, value=1)
        self.guest.read(offset=65536, bytes=4096)
        self.assertEqual("armed", self.host.gates()[0]["state"])
        self.guest.start(requests=1, blockSizes=[65536 * 2], hotSet=0.125)
        self.host.advance(0.01)
        self.assertIn("Write of 131072 bytes at 0 to node 'disk-file'", gate.wait())
        self.assertEqual(bytes([1]) * 4096, self.host.read("disk", 65536, 4096))
        gate.release()
        self.assertEqual(1, self.guest.wait()["requests"])

    def test_a_command_is_held_before_it_runs_and_others_go_on(self):
        client = self.client()
        client.negotiate()
        with self.host.hold_command("blockdev-add", driver="null-*") as gate:
            client.send('{"execute":"blockdev-add","arguments":{"driver":"null-co","node-name":"n"}}')
            gate.wait()
            self.assertNotIn("n (null-co)", self.host.graph())
        self.assertEqual({"return": {}}, client.read())
        self.assertIn("n (null-co)", self.host.graph())

    def test_a_reply_is_held_when_its_command_has_run(self):
        client = self.client()
        client.negotiate()
        with self.host.hold_reply("blockdev-add") as gate:
            client.send('{"execute":"blockdev-add","arguments":{"driver":"null-co","node-name":"n"}}')
            gate.wait()
            self.assertIn("n (null-co)", self.host.graph())
            self.host.settle()
            client.socket.setblocking(False)
            self.assertRaises(BlockingIOError, client.socket.recv, 1)
        client.socket.settimeout(60)
        self.assertEqual({"return": {}}, client.read())

    def test_a_gate_that_nothing_meets_says_so_in_time(self):
        gate = self.host.hold_job("job", percent=50)
        self.assertIn("job job at 50 %", str(self.refused(-32002, gate.wait, timeout=0.01)))


class RuleTests(HostTests):
    def fails(self, errno, call, *arguments, **more):
        self.assertEqual(errno, self.refused(-32001, call, *arguments, **more).data["errno"])

    def test_requests_are_matched_by_node_driver_file_device_export_and_job(self):
        self.host.execute("nbd-server-start", addr={"type": "unix", "data": {"path": os.path.join(self.folder, "nbd")}})
        self.host.execute("block-export-add", id="exp", type="nbd", node_name="disk", writable=True)
        for match in ({"node": "disk-*"}, {"driver": "raw"}, {"file": "/memory/disk-file"}, {"export": "ex?"}):
            with self.subTest(match):
                rule = self.host.add_rule(request={**match, "kinds": ["write"]}, errno="EIO")
                self.fails("EIO", self.guest.fill, bytes=512, value=1)
                self.host.remove_rule(rule)
                self.guest.fill(bytes=512, value=1)
        self.host.add_rule(request={"job": "job"}, errno="ENOMEM")
        self.guest.fill(bytes=512, value=1)
        self.back_up()
        self.assertEqual("Cannot allocate memory", self.host.wait_event("BLOCK_JOB_COMPLETED")["data"]["error"])

    def test_a_device_is_matched_by_its_name(self):
        arguments = ["-nodefaults", "-display", "none", "-machine", "pc", "-drive", "driver=null-co,if=virtio,id=drive,read-zeroes=on,size=1M"]
        with self.control.start(program="system", arguments=arguments) as host:
            host.add_rule(request={"device": "drive", "kinds": ["write"]}, errno="EIO")
            self.fails("EIO", host.disk("drive").fill, bytes=512, value=1)
            self.assertEqual("drive", host.wait_event("BLOCK_IO_ERROR")["data"]["device"])

    def test_the_nth_every_so_many_and_some_of_the_requests_fail(self):
        def outcome(**when):
            self.host.clear_rules()
            self.host.add_rule(request={"node": "disk-file", "kinds": ["write"]}, when=when, errno="EIO")
            return "".join(self.attempt() for _ in range(8))
        self.assertEqual("..x.....", outcome(nth=3))
        self.assertEqual(".x.x.x.x", outcome(every=2))
        self.assertEqual("xx......", outcome(times=2))
        lucky = [outcome(probability=0.5, seed=seed) for seed in (1, 2, 1)]
        self.assertEqual(lucky[0], lucky[2])
        self.assertNotEqual(lucky[0], lucky[1])

    def attempt(self):
        try:
            self.guest.fill(bytes=512, value=1)
            return "."
        except qmphost.ControlError:
            return "x"

    def test_a_write_is_short_or_torn(self):
        self.host.add_rule(request={"node": "disk-file", "kinds": ["write"]}, when={"nth": 1}, short=1000)
        self.host.add_rule(request={"node": "disk-file", "kinds": ["write"]}, short=100, errno="EIO")
        self.guest.fill(bytes=4096, value=1)
        self.assertEqual([[0, 1000]], self.host.differences("disk", "copy"))
        self.fails("EIO", self.guest.fill, offset=8192, bytes=4096, value=1)
        self.assertEqual([[0, 1000], [8192, 100]], self.host.differences("disk", "copy"))

    def test_a_disk_is_full_after_some_bytes(self):
        self.host.add_rule(request={"node": "disk-file"}, fullAfter=6000)
        self.guest.fill(bytes=4096, value=1)
        self.fails("ENOSPC", self.guest.fill, offset=4096, bytes=4096, value=1)
        self.assertEqual([[0, 6000]], self.host.differences("disk", "copy"))
        self.assertTrue(self.host.wait_event("BLOCK_IO_ERROR")["data"]["nospace"])

    def test_a_request_takes_its_time_on_the_hosts_clock(self):
        self.host.add_rule(request={"node": "copy-file", "kinds": ["write", "write-zeroes"]}, latency=1000)
        self.guest.fill(value=1)
        self.back_up()
        self.host.advance(0.999)
        self.assertEqual(0, self.job()["current-progress"])
        self.host.advance(0.001)
        self.assertLess(0, self.job()["current-progress"])

    def test_a_command_is_answered_with_an_error_a_result_late_or_never(self):
        client = self.client()
        client.negotiate()
        self.host.add_rule(command={"command": "query-name"}, when={"nth": 1}, error={"class": "DeviceNotFound", "desc": "gone"})
        self.assertEqual({"error": {"class": "DeviceNotFound", "desc": "gone"}}, client.ask("query-name"))
        self.host.add_rule(command={"command": "query-name"}, when={"nth": 1}, **{"return": {"name": "other"}})
        self.assertEqual({"return": {"name": "other"}}, client.ask("query-name"))
        self.host.clear_rules()
        late = self.host.add_rule(command={"command": "query-name"}, when={"times": 1}, latency=5000)
        never = self.host.add_rule(command={"command": "query-uuid"}, never=True)
        client.send('{"execute":"query-uuid","id":1}{"execute":"query-name","id":2}')
        self.host.advance(4.999)
        self.assertEqual("query-name", self.host.entries()[-1]["name"])
        self.host.advance(0.001)
        self.assertEqual({"return": {}, "id": 2}, client.read())
        self.assertEqual([(late, 1), (never, 1)], [(rule["rule"], rule["hits"]) for rule in self.host.rules()])

    def test_a_reply_comes_late_or_never_though_the_command_has_run(self):
        client = self.client()
        client.negotiate()
        self.host.add_rule(reply={"command": "blockdev-add"}, when={"nth": 1}, never=True)
        self.host.add_rule(reply={"command": "blockdev-add"}, latency=1000)
        client.send('{"execute":"blockdev-add","arguments":{"driver":"null-co","node-name":"a"},"id":"a"}')
        client.send('{"execute":"blockdev-add","arguments":{"driver":"null-co","node-name":"b"},"id":"b"}')
        self.host.settle()
        self.assertIn("b (null-co)", self.host.graph())
        self.host.advance(1)
        self.assertEqual({"return": {}, "id": "b"}, client.read())

    def test_an_event_comes_twice_never_late_or_before_the_greeting(self):
        self.host.add_rule(wire={}, early={"name": "SHUTDOWN", "data": {"guest": True, "reason": "x"}})
        client = self.client()
        self.assertEqual("SHUTDOWN", client.read()["event"])
        client.negotiate()
        self.host.add_rule(event={"name": "STOP", "client": 2}, when={"nth": 1}, repeat=2)
        self.host.add_rule(event={"name": "STOP", "client": 2}, when={"nth": 1}, repeat=0)
        self.host.add_rule(event={"name": "RESUME", "client": 2}, latency=1000)
        heard = []
        for command in ("stop", "cont", "stop", "cont"):
            client.send(json.dumps({"execute": command}))
            heard.append(client.read())
            while "return" not in heard[-1]:
                heard.append(client.read())
        self.assertEqual(["STOP", "STOP"], [message["event"] for message in heard if "event" in message])
        self.host.advance(1)
        self.assertEqual(["RESUME", "RESUME"], [client.read()["event"] for _ in range(2)])

    def test_a_reply_comes_in_single_bytes_and_messages_come_in_one_packet(self):
        self.host.add_rule(wire={"client": 2}, split=1)
        client = self.client()
        self.assertIn("QMP", client.read())
        self.host.clear_rules()
        self.host.add_rule(wire={"client": 3}, merge=3)
        other = self.client()
        other.send('{"execute":"qmp_capabilities"}{"execute":"query-name"}')
        self.assertEqual(3, other.socket.recv(65536).count(b"\n"))

    def test_a_connection_ends_before_within_or_after_a_reply_and_after_some_bytes(self):
        for point, says in (("before", lambda rest: rest == b""), ("within", lambda rest: rest and not rest.endswith(b"\n")), ("after", lambda rest: rest.endswith(b"\n"))):
            with self.subTest(point):
                rule = self.host.add_rule(reply={"command": "blockdev-add"}, drop=point)
                client = self.client()
                client.negotiate()
                client.send(json.dumps({"execute": "blockdev-add", "arguments": {"driver": "null-co", "node-name": point}}))
                self.assertTrue(says(client.rest()))
                self.assertIn(f"{point} (null-co)", self.host.graph())
                self.host.remove_rule(rule)
        self.host.add_rule(wire={}, cutAfter=7)
        self.assertEqual(b'{"QMP":', self.client().rest())

    def test_a_connection_ends_between_a_message_and_its_descriptors(self):
        self.host.add_rule(command={"command": "getfd"}, drop="before")
        client = self.client()
        client.negotiate()
        ours, theirs = os.pipe()
        client.send('{"execute":"getfd","arguments":{"fdname":"f"}}', [theirs])
        os.close(theirs)
        self.assertEqual(b"", client.rest())
        # The host has let go of the descriptor: nobody is left who could write.
        self.assertEqual(b"", os.read(ours, 1))
        os.close(ours)
        self.assertIn("not found", str(self.refused(-32000, self.host.execute, "closefd", fdname="f")))

    def test_a_rule_says_what_it_has_done(self):
        self.control.subscribe("rule")
        self.host.add_rule(name="mine", command={"command": "query-name"}, error={"desc": "no"})
        self.refused(-32000, self.host.execute, "query-name")
        topic, content = self.control.notifications.get(timeout=60)
        self.assertEqual(("rule", "mine", 1), (topic, content["name"], content["hits"]))
        self.control.subscribe("rule", off=True)


class DeathTests(HostTests):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.folder, "image")
        self.mortal = self.control.start(unflushed=True)
        self.addCleanup(self.mortal.stop)

    def open(self, driver="raw"):
        self.mortal.execute("blockdev-add", driver="file", node_name="file", filename=self.path)
        self.mortal.execute("blockdev-add", driver=driver, node_name="image", file="file")

    def test_a_host_that_crashes_closes_nothing_and_its_bitmaps_are_inconsistent(self):
        with open(self.path, "wb"):
            pass
        self.mortal.execute("blockdev-add", driver="file", node_name="file", filename=self.path)
        self.mortal.execute("blockdev-create", job_id="c", options={"driver": "qcow2", "file": "file", "size": MIB})
        self.mortal.wait_event("JOB_STATUS_CHANGE", status="concluded")
        self.mortal.execute("blockdev-add", driver="qcow2", node_name="image", file="file")
        self.mortal.execute("block-dirty-bitmap-add", node="image", name="b", persistent=True)
        self.mortal.reset()
        self.open("qcow2")
        self.assertFalse(self.mortal.bitmap("image", "b").get("inconsistent", False))
        self.mortal.disk("image").fill(bytes=512, value=1)
        self.mortal.crash(restart=True)
        self.open("qcow2")
        self.assertTrue(self.mortal.bitmap("image", "b")["inconsistent"])

    def test_without_power_a_part_of_what_was_not_flushed_is_lost_by_seed(self):
        def contents(seed):
            with open(self.path, "wb") as file:
                file.truncate(MIB)
            self.open()
            self.mortal.disk("image").fill(bytes=65536, value=1)
            self.mortal.disk("image").flush()
            self.mortal.disk("image").fill(offset=32768, bytes=65536, value=2)
            lost = self.mortal.lose_power(seed, restart=True)["lostSectors"]
            with open(self.path, "rb") as file:
                data = file.read()
            self.assertEqual({1}, set(data[:32768]))
            self.assertEqual(128 - lost, sum(data[at] == 2 for at in range(32768, 98304, 512)))
            return data
        first = contents(1)
        self.assertEqual({0, 1, 2}, set(first))
        self.assertNotEqual(first, contents(2))
        self.assertEqual(first, contents(1))


class RecordTests(HostTests):
    def test_every_message_of_every_client_is_there_with_its_time(self):
        client = self.client()
        client.negotiate()
        self.host.advance(2)
        client.ask("query-name")
        self.host.execute("stop")
        said = [(entry["client"], entry["kind"], entry["name"]) for entry in self.host.entries() if entry["time"] >= 2]
        self.assertEqual([(2, "command", "query-name"), (2, "return", "query-name")], said[:2])
        self.assertIn((2, "event", "STOP"), said)
        self.assertIn("stop", [name for number, kind, name in said if (number, kind) == (1, "command")])

    def test_a_session_is_what_was_sent(self):
        self.host.execute("query-name")
        self.assertRegex(self.host.session(), r'@programs system\n@start\n(.*\n)*\{"execute": "query-name", "id": [0-9]+\}\n')

    def test_what_is_left_over_is_told(self):
        before = self.host.leftovers()
        self.host.execute("block-dirty-bitmap-add", node="disk", name="b")
        with self.host.hold_job("job", percent=50) as gate:
            self.back_up()
            gate.wait()
            left = self.host.leftovers()
        self.assertEqual((["disk/b"], ["job"]), (left["bitmaps"], left["jobs"]))
        self.assertEqual(sorted(["disk", "disk-file", "copy", "copy-file"]), sorted(before["nodes"]))

    def test_what_is_deprecated_or_missing_in_a_release_is_told(self):
        self.host.execute("query-jobs")
        self.assertEqual([], self.host.lint("7.2", "11.1"))
        self.refused(-32000, self.host.execute, "drive-backup", device="none", target="x", sync="none")
        self.refused(-32000, self.host.execute, "blockdev-mirror", device="none", target="x", sync="none", target_is_zero=True)
        findings = "\n".join(self.host.lint("7.2", "11.1"))
        self.assertIn("drive-backup is deprecated in 7.2, 11.1", findings)
        self.assertIn("blockdev-mirror: 'target-is-zero': 11.1 only", findings)

    def test_a_report_has_messages_gates_graph_jobs_and_the_time(self):
        self.host.advance(3)
        with self.host.hold_job("job", percent=50) as gate:
            self.back_up()
            gate.wait()
            report = self.host.report()
        for part in ("clock at 3 s", '"execute": "blockdev-backup"', "JOB_STATUS_CHANGE", "gate job job at 50 %", "disk (raw)", "job job (backup, running)"):
            self.assertIn(part, report)


class WorkloadTests(HostTests):
    workload = {"seed": 7, "rate": 1000, "blockSizes": [512, 4096], "reads": 0.25, "hotSet": 0.25, "hotRequests": 0.9, "flushEvery": 10}

    def work(self, **more):
        self.guest.zero()
        self.guest.start(**{**self.workload, **more})
        self.host.advance(1)
        return self.guest.stop(), self.guest.hash()

    def test_the_same_workload_does_the_same_every_time(self):
        first = self.work()
        self.assertEqual((1000, False, None), tuple(first[0][name] for name in ("requests", "running", "error")))
        self.assertEqual(first, self.work())
        self.assertNotEqual(first, self.work(seed=8))

    def test_a_workload_ends_after_its_requests(self):
        self.guest.start(requests=10)
        self.host.advance(1)
        self.assertEqual(10 * 4096, self.guest.wait()["bytesWritten"])

    def test_a_workload_whose_request_fails_ends_and_says_why(self):
        self.host.add_rule(request={"node": "disk-file", "kinds": ["write"]}, when={"nth": 5}, errno="EIO")
        self.guest.start(rate=10)
        self.host.advance(1)
        self.assertEqual((4, False), (self.guest.progress()["requests"], self.guest.progress()["running"]))
        self.assertIn("Input/output error", self.guest.progress()["error"])
        self.assertEqual("EIO", self.refused(-32001, self.guest.wait).data["errno"])

    def test_a_workload_that_cannot_be_is_refused(self):
        self.refused(-32602, self.guest.start, rate=0)
        self.refused(-32602, self.guest.start, blockSizes=[2 * MIB])
        self.refused(-32602, self.guest.start, reads=2)
        self.refused(-32602, self.guest.start, colour=1)
        self.refused(-32001, self.guest.progress)
        self.guest.start()
        self.assertIn("at work already", str(self.refused(-32001, self.guest.start)))

    def test_a_backup_beside_a_guest_at_work_is_what_the_disk_was(self):
        self.guest.fill(value=1)
        self.guest.start(**self.workload)
        self.back_up(speed=MIB // 4)
        self.host.advance(10)
        self.assertTrue(self.guest.progress()["running"])
        self.assertEqual("concluded", self.job()["status"])
        self.assertEqual({1}, set(self.host.read("copy")))
        self.guest.unplug()


class ExplorationTests(HostTests):
    @staticmethod
    def patient(host):
        for name in ("disk", "copy"):
            host.add_disk(name, MIB)
        host.execute("blockdev-backup", job_id="job", device="disk", target="copy", sync="full", auto_dismiss=False)
        host.wait_event("BLOCK_JOB_COMPLETED")
        assert host.execute("query-jobs")[0]["status"] == "concluded"

    @staticmethod
    def lucky(host):
        for name in ("disk", "copy"):
            host.add_disk(name, MIB)
        host.execute("blockdev-backup", job_id="job", device="disk", target="copy", sync="full", auto_dismiss=False)
        assert host.execute("query-jobs")[0]["status"] != "concluded", "the job has ended"

    def test_a_client_that_waits_passes_under_all_orders(self):
        self.control.explore(self.patient, seeds=20)

    def test_a_lucky_client_fails_with_a_seed_that_plays_again(self):
        with self.assertRaises(qmphost.ExplorationError) as caught:
            self.control.explore(self.lucky, seeds=200)
        self.assertIn(f"fails with seed {caught.exception.seed}: the job has ended", str(caught.exception))
        self.assertIn("query-jobs", caught.exception.report)

    def test_a_host_that_is_there_can_be_explored_once(self):
        self.host.explore(1)
        self.back_up()
        self.host.wait_event("BLOCK_JOB_COMPLETED")
        self.refused(-32001, self.host.explore, 2)


if __name__ == "__main__":
    unittest.main()
