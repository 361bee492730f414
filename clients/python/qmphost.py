"""A client of QmpHost's control interface. One file, standard library only, Python 3.9 or later.

    import qmphost

    with qmphost.serve() as control:                       # starts "qmphost serve" and ends it
        host = control.start(clock="virtual")
        host.execute("blockdev-add", driver="null-co", node_name="disk")
        with host.hold_job("job", percent=50) as gate:      # released at the end of the block
            host.execute("blockdev-backup", job_id="job", device="disk", target="copy", sync="full")
            gate.wait()
            host.disk("disk").fill(offset=0, bytes=65536, value=1)
        host.wait_event("BLOCK_JOB_COMPLETED")

Names of parameters are written with underscores, which stand for QMP's dashes. What QMP or the interface refuses is raised as
QmpError or ControlError. All calls may be made from several threads.
"""

import base64
import itertools
import json
import os
import queue
import shutil
import socket
import subprocess
import tempfile
import threading

__all__ = ["connect", "serve", "Control", "Host", "Gate", "Disk", "ControlError", "QmpError", "ExplorationError"]


class ControlError(Exception):
    """The control interface has refused a call. `code` is its JSON-RPC code, `data` what else is known."""

    def __init__(self, message, code=0, data=None):
        super().__init__(message)
        self.code = code
        self.data = data


class QmpError(ControlError):
    """A QMP command was answered with an error. `qmp_class` is its class."""

    @property
    def qmp_class(self):
        return self.data["class"]


class ExplorationError(AssertionError):
    """A test has failed under an order of what happens that QEMU permits. `seed` plays it again, `report` says how the host stood."""

    def __init__(self, seed, report, cause):
        super().__init__(f"fails with seed {seed}: {cause}\n{report}")
        self.seed = seed
        self.report = report


class Control:
    """A connection to the control interface."""

    def __init__(self, connected_socket, process=None, folder=None):
        self._socket = connected_socket
        self._process = process
        self._folder = folder
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._waiting = {}
        self._closed = None
        #: What was subscribed to, as pairs of topic and content.
        self.notifications = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def call(self, method, _timeout=120, **parameters):
        """Calls a method with the parameters that are not None, and returns its result."""
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method,
                   "params": {name: value for name, value in parameters.items() if value is not None}}
        answer = queue.Queue(1)
        with self._lock:
            if self._closed:
                raise ControlError(self._closed)
            self._waiting[request["id"]] = answer
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        try:
            reply = answer.get(timeout=_timeout)
        except queue.Empty:
            raise ControlError(f"{method} was not answered within {_timeout} s") from None
        if "error" in reply:
            error = reply["error"]
            kind = QmpError if error["code"] == -32000 else ControlError
            raise kind(error["message"], error["code"], error.get("data"))
        return reply["result"]

    def start(self, **how):
        """Starts a host; the parameters are those of hosts.start."""
        return Host(self, self.call("hosts.start", **how)["name"])

    def explore(self, test, seeds=100, first=1, **how):
        """Plays test(host) under many orders of what happens at the same time, each on a host of its own.

        Raises ExplorationError with the seed of the first that breaks it; seeds=1, first=SEED plays that one again.
        """
        for seed in range(first, first + seeds):
            with self.start(explore=seed, **{"clock": "virtual", "record": True, **how}) as host:
                try:
                    test(host)
                except Exception as cause:
                    raise ExplorationError(seed, host.report(), cause) from cause

    def host(self, name):
        """A host that is there already."""
        return Host(self, name)

    def hosts(self):
        """The hosts."""
        return [Host(self, host["name"]) for host in self.call("hosts.list")]

    def subscribe(self, *topics, off=False):
        """Has host, gate, rule or record put into `notifications`, or no more."""
        self.call("subscribe", topics=list(topics), off=off or None)

    def discover(self):
        """The OpenRPC document of the interface."""
        return self.call("rpc.discover")

    def close(self):
        """Ends the connection, and the program if `serve` has started it."""
        # Only this wakes the reader, which has the socket.
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._reader.join()
        self._socket.close()
        if self._process:
            self._process.terminate()
            self._process.wait()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        try:
            with self._socket.makefile("rb") as lines:
                for line in lines:
                    message = json.loads(line)
                    if "method" in message:
                        self.notifications.put((message["method"], message["params"]))
                    else:
                        with self._lock:
                            waiting = self._waiting.pop(message["id"], None)
                        if waiting:
                            waiting.put(message)
        except OSError:
            pass
        with self._lock:
            self._closed = "the connection to the control interface has ended"
            waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            answer.put({"error": {"code": 0, "message": self._closed}})


class Host:
    """A host."""

    def __init__(self, control, name):
        self.control = control
        self.name = name

    def call(self, method, **parameters):
        """Calls a method of the control interface for this host."""
        return self.control.call(method, host=self.name, **parameters)

    def execute(self, command, **arguments):
        """Executes a QMP command and returns its result."""
        return self.call("qmp.execute", command=command, arguments=_qmp(arguments) if arguments else None)

    def wait_event(self, name, timeout=60, **data):
        """Takes the oldest event of a name that has such data, waiting for one if need be."""
        return self.call("qmp.waitEvent", name=name, data=_qmp(data) if data else None, _timeout=timeout + 60, timeout=timeout * 1000)

    def add_disk(self, node, size=None, **how):
        """Gives the host a disk of raw or qcow2 format: a new one in memory, or temporary=True, or path="..."."""
        self.call("disks.add", node=node, size=size, **how)

    def read(self, node, offset=0, bytes=None):
        """What a node holds now, whoever uses it."""
        return base64.b64decode(self.call("disks.read", node=node, offset=offset, bytes=bytes))

    def differences(self, node, other):
        """Where two nodes differ, as pairs of start and length in bytes."""
        return self.call("disks.compare", **{"node": node, "with": other})

    def disk(self, name):
        """The guest's view of a disk, by the name of a device or node. The guest is plugged in now."""
        self.call("guest.plug", disk=name)
        return Disk(self, name)

    def hold_job(self, job, status=None, percent=None, bytes=None):
        """Holds a job, by id, at one of a state, a percentage and a byte."""
        return self._gate("gates.holdJob", job={"id": job}, status=status, percent=percent, bytes=bytes)

    def hold_request(self, nth=None, **request):
        """Holds a request to a node: node, driver, file, device, export, job, kinds, offset, bytes say which."""
        return self._gate("gates.holdRequest", request=request, nth=nth)

    def hold_command(self, command, nth=None, **arguments):
        """Holds a command before it runs."""
        return self._gate("gates.holdCommand", command={"command": command, "arguments": _qmp(arguments)}, nth=nth)

    def hold_reply(self, command, nth=None, **arguments):
        """Holds the reply to a command that has run."""
        return self._gate("gates.holdReply", command={"command": command, "arguments": _qmp(arguments)}, nth=nth)

    def add_rule(self, **rule):
        """Adds a rule by which the host fails; returns its number."""
        return self.call("rules.add", rule=rule)["rule"]

    def rules(self):
        """The rules in force, and how many times each was applied."""
        return self.call("rules.list")

    def remove_rule(self, number):
        """Takes a rule out of force."""
        self.call("rules.remove", rule=number)

    def clear_rules(self):
        """Takes all rules out of force."""
        self.call("rules.clear")

    def gates(self):
        """The gates that are not released."""
        return self.call("gates.list")

    def release_all(self):
        """Releases all gates."""
        self.call("gates.releaseAll")

    def now(self):
        """The time of the host's clock in seconds."""
        return self.call("clock.get")["now"]

    def step(self):
        """Lets time pass up to the next timer, which fires."""
        return self.call("clock.step")

    def run_clock(self, speed=None):
        """Lets a virtual clock go as real time passes, or so many times as fast."""
        return self.call("clock.run", speed=speed)

    def pause_clock(self):
        """Lets a virtual clock stand still again."""
        return self.call("clock.pause")

    def advance(self, seconds):
        """Lets time pass on a virtual clock, timer by timer, and waits until the host has settled."""
        return self.call("clock.advance", ms=seconds * 1000)

    def settle(self):
        """Waits until nothing is left to do without the clock or a client."""
        return self.call("clock.settle")

    def record(self):
        """Records what is said from now on."""
        self.call("record.start")

    def stop_recording(self):
        """Records no more; what was recorded stays."""
        self.call("record.stop")

    def clear_record(self):
        """Forgets what was recorded."""
        self.call("record.clear")

    def entries(self):
        """What was recorded."""
        return self.call("record.entries")

    def session(self):
        """What was recorded, as the text of a session that `qmphost run` and `verify` play."""
        return self.call("record.session")

    def check_order(self, *steps):
        """Fails unless these commands and events were seen in this order; others may stand between them."""
        self.call("record.order", steps=list(steps))

    def lint(self, *releases):
        """Which parts of what clients sent are deprecated, or missing in some of the releases."""
        return self.call("record.lint", releases=list(releases))

    def explore(self, seed):
        """Lets what happens at the same time happen in an order that a seed decides and QEMU permits, from now on."""
        self.call("host.explore", seed=seed)

    def report(self):
        """How the host stands, in words: what was said last, the graph, jobs, gates, the time."""
        return self.call("host.report")

    def graph(self, format="text"):
        """The node graph as text, dot, mermaid or svg."""
        return self.call("graph.get", format=format)

    def leftovers(self):
        """What clients have made and not taken away: nodes, bitmaps, jobs, exports."""
        return self.call("host.leftovers")

    def bitmaps(self):
        """What the bitmaps of all nodes hold, those without a name included."""
        return self.call("graph.bitmaps")

    def bitmap(self, node, name):
        """A bitmap as query-named-block-nodes lists it."""
        for info in self.execute("query-named-block-nodes"):
            for bitmap in info.get("dirty-bitmaps", []) if info["node-name"] == node else []:
                if bitmap.get("name") == name:
                    return bitmap
        raise KeyError(f"{node}/{name}")

    def crash(self, restart=False):
        """Lets the host die as a process that is killed."""
        return self.call("hosts.crash", restart=restart)

    def lose_power(self, seed, restart=False):
        """Lets the host die as a machine without power; start it with unflushed=True for that."""
        return self.call("hosts.losePower", seed=seed, restart=restart)

    def reset(self):
        """Ends the host in good order and starts it anew as it was started."""
        return self.call("hosts.reset")

    def stop(self):
        """Ends the host in good order."""
        self.call("hosts.stop")

    def _gate(self, method, **parameters):
        return Gate(self, self.call(method, **parameters)["gate"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Gate:
    """Holds one thing of a host at one moment until it is released."""

    def __init__(self, host, number):
        self.host = host
        self.number = number

    def wait(self, timeout=60):
        """Waits until it holds what it is for; returns that in words."""
        return self.host.call("gates.wait", gate=self.number, _timeout=timeout + 60, timeout=timeout * 1000)["held"]

    def release(self):
        """Lets go."""
        try:
            self.host.call("gates.release", gate=self.number)
        except ControlError as error:
            if error.code != -32001:
                raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()


class Disk:
    """A disk as the guest sees it."""

    def __init__(self, host, name):
        self.host = host
        self.name = name

    def read(self, offset=0, bytes=None):
        """Reads."""
        return base64.b64decode(self.host.call("guest.read", disk=self.name, offset=offset, bytes=bytes))

    def write(self, data, offset=0):
        """Writes."""
        self.host.call("guest.write", disk=self.name, offset=offset, data=base64.b64encode(data).decode())

    def fill(self, offset=0, bytes=None, value=0):
        """Fills an area with a byte."""
        self.host.call("guest.fill", disk=self.name, offset=offset, bytes=bytes, value=value)

    def zero(self, offset=0, bytes=None):
        """Makes an area read as zeroes."""
        self.host.call("guest.zero", disk=self.name, offset=offset, bytes=bytes)

    def discard(self, offset=0, bytes=None):
        """Drops the contents of an area."""
        self.host.call("guest.discard", disk=self.name, offset=offset, bytes=bytes)

    def flush(self):
        """Makes everything written stable."""
        self.host.call("guest.flush", disk=self.name)

    def hash(self):
        """The SHA-256 of the contents."""
        return self.host.call("guest.hash", disk=self.name)

    def start(self, **workload):
        """Has the guest work by itself: seed, rate, blockSizes, reads, hotSet, hotRequests, flushEvery, requests say what it does."""
        return self.host.call("guest.start", disk=self.name, workload=workload)

    def progress(self):
        """How far the workload that was started last is: running, requests, bytesWritten, error."""
        return self.host.call("guest.progress", disk=self.name)

    def wait(self, timeout=60):
        """Waits until the workload has come to its end; what it failed with is raised."""
        return self.host.call("guest.wait", disk=self.name, _timeout=timeout + 60, timeout=timeout * 1000)

    def stop(self):
        """Stops the workload after the request that is under way."""
        return self.host.call("guest.stop", disk=self.name)

    def unplug(self):
        """Unplugs the guest, so that the node can be removed."""
        self.host.call("guest.unplug", disk=self.name)


def connect(address):
    """Connects to a control interface at "PATH" or "tcp:HOST:PORT"."""
    if address.startswith("tcp:"):
        host, port = address[4:].rsplit(":", 1)
        return Control(socket.create_connection((host, int(port))))
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.connect(address[5:] if address.startswith("unix:") else address)
    return Control(connected)


def serve(program=None):
    """Starts "qmphost serve" for the time of the connection. The program is found in QMPHOST_PROG or on the search path."""
    program = program or os.environ.get("QMPHOST_PROG", "qmphost")
    folder = tempfile.mkdtemp(prefix="qmphost-")
    command = ["dotnet", program] if program.endswith(".dll") else [program]
    process = subprocess.Popen(command + ["serve", os.path.join(folder, "control")], stdout=subprocess.PIPE, text=True)
    # It says where it listens as soon as it does.
    address = process.stdout.readline().strip()
    if not address:
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
        raise ControlError(f"{program} could not be started: exit status {process.returncode}")
    control = connect(address.split()[-1])
    control._process, control._folder = process, folder
    return control


def _qmp(value):
    if isinstance(value, dict):
        return {name.replace("_", "-"): _qmp(member) for name, member in value.items()}
    return [_qmp(item) for item in value] if isinstance(value, list) else value
