"""Tests of the client, and of the control interface through it."""

import inspect
import re
import unittest

import qmphost


class ClientTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.control = cls.enterClassContext(qmphost.serve())

    def test_errors_of_commands_have_their_class(self):
        with self.control.start() as host:
            with self.assertRaises(qmphost.QmpError) as caught:
                host.execute("blockdev-del", node_name="none")
            self.assertEqual("GenericError", caught.exception.qmp_class)

    def test_wrong_parameters_are_refused_with_those_there_are(self):
        with self.assertRaisesRegex(qmphost.ControlError, "no parameter 'colour'; there are name, program"):
            self.control.call("hosts.start", colour="red")
        with self.assertRaisesRegex(qmphost.ControlError, "no method 'hosts.begin'"):
            self.control.call("hosts.begin")

    def test_releases_differ(self):
        with self.control.start(release="10.0") as host:
            self.assertEqual(10, host.execute("query-version")["qemu"]["major"])
        with self.assertRaisesRegex(qmphost.ControlError, "7.2"):
            self.control.start(release="1.0")

    def test_a_host_is_started_by_a_command_line(self):
        arguments = ["--blockdev", "null-co,node-name=disk,size=1048576"]
        with self.control.start(program="storage-daemon", arguments=arguments) as host:
            self.assertIn("disk", host.graph())
        with self.assertRaisesRegex(qmphost.ControlError, "nonsense"):
            self.control.start(program="storage-daemon", arguments=["--nonsense"])

    def test_notifications_come_for_what_was_subscribed(self):
        self.control.subscribe("host")
        with self.control.start() as host:
            self.assertEqual(("host", {"host": host.name, "is": "started"}), self.control.notifications.get(timeout=60))
        self.assertEqual("stopped", self.control.notifications.get(timeout=60)[1]["is"])
        self.control.subscribe("host", off=True)

    def test_pictures_are_drawn(self):
        with self.control.start() as host:
            host.execute("blockdev-add", driver="null-co", node_name="disk")
            self.assertIn("digraph", host.graph("dot"))
            self.assertIn("flowchart", host.graph("mermaid"))
            self.assertIn("<svg", host.graph("svg"))

    def test_time_passes_when_it_is_told_to(self):
        with self.control.start(clock="virtual") as host:
            before = host.now()
            self.assertAlmostEqual(600, host.advance(600)["now"] - before)

    def test_every_method_of_the_interface_can_be_reached(self):
        called = set(re.findall(r'"([a-z]+\.[A-Za-z]+|subscribe)"', inspect.getsource(qmphost)))
        self.assertEqual({method["name"] for method in self.control.discover()["methods"]}, called)

    def test_what_was_recorded_can_be_checked_and_played(self):
        with self.control.start(clock="virtual", record=True) as host:
            host.execute("blockdev-add", driver="null-co", node_name="a")
            host.execute("blockdev-del", node_name="a")
            host.check_order("blockdev-add", "blockdev-del")
            with self.assertRaises(qmphost.ControlError):
                host.check_order("blockdev-del", "blockdev-add")
            self.assertIn('"execute": "blockdev-del"', host.session())
            self.assertIsInstance(host.lint("7.2", "11.1"), list)
            self.assertIn("blockdev-del", host.report())
            host.stop_recording()
            host.clear_record()
            self.assertEqual([], host.entries())

    def test_gates_and_rules_are_listed_and_taken_away(self):
        with self.control.start() as host:
            host.hold_job("job", percent=50)
            rule = host.add_rule(command={"command": "query-jobs"}, error={"desc": "no"})
            self.assertEqual((1, 1), (len(host.gates()), len(host.rules())))
            host.release_all()
            host.remove_rule(rule)
            self.assertEqual(([], [], []), (host.gates(), host.rules(), host.execute("query-jobs")))

    def test_a_clock_runs_steps_and_stands_still(self):
        with self.control.start(clock="virtual") as host:
            host.run_clock(speed=1000)
            host.pause_clock()
            stood = host.now()
            host.step()
            self.assertGreaterEqual(host.now(), stood)

    def test_a_host_that_is_reset_has_nothing_of_before(self):
        with self.control.start() as host:
            host.add_disk("disk", 65536)
            guest = host.disk("disk")
            guest.fill(value=1)
            guest.zero()
            self.assertEqual(bytes(65536), guest.read())
            host.execute("block-dirty-bitmap-add", node="disk", name="b")
            self.assertIn("b", [bitmap.get("name") for bitmap in host.bitmaps()])
            host.reset()
            self.assertEqual([], host.execute("query-named-block-nodes"))


if __name__ == "__main__":
    unittest.main()
