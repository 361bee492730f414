"""Tests of the client, and of the control interface through it."""

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
        self.control.call("subscribe", topics=["host"], off=True)

    def test_pictures_are_drawn(self):
        with self.control.start() as host:
            host.execute("blockdev-add", driver="null-co", node_name="disk")
            self.assertIn("digraph", host.graph("dot"))
            self.assertIn("flowchart", host.graph("mermaid"))
            self.assertIn("<svg", host.graph("svg"))

    def test_time_passes_when_it_is_told_to(self):
        with self.control.start(clock="virtual") as host:
            before = host.call("clock.get")["now"]
            self.assertAlmostEqual(600, host.advance(600)["now"] - before)


if __name__ == "__main__":
    unittest.main()
