#!/usr/bin/env python3
"""Records what a release of QEMU says of its types, machines, CPU models and command-line options.

    record.py PROGRAM DAEMON RELEASE        for example: record.py qemu-system-x86_64 qemu-storage-daemon 7.2

Modules of a release that is not installed are found through QEMU_MODULE_DIR. The answers go to the folder RELEASE beside this script, in a compact form: what repeats is said once. Types that bring
the program down when it is asked about them are recorded as types that it does not describe.
"""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile

PARENT_INTERFACE = "interface"


class Emulator:
    """A program, and its monitor."""

    def __init__(self, *command):
        self.command = command
        self.start()

    def start(self):
        folder = tempfile.TemporaryDirectory()
        with folder, socket.socket(socket.AF_UNIX) as listener:
            path = os.path.join(folder.name, "qmp")
            listener.bind(path)
            listener.listen(1)
            listener.settimeout(60)
            self.process = subprocess.Popen(
                [argument.replace("PATH", path) for argument in self.command],
                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            connection, _ = listener.accept()
        self.stream = connection.makefile("rwb")
        self.version = json.loads(self.stream.readline())["QMP"]["version"]["qemu"]
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        """The reply's value; its error as a text; None where the program ends."""
        try:
            self.stream.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
            self.stream.flush()
            reply = {"event": None}
            while "event" in reply:
                reply = json.loads(self.stream.readline())
        except (OSError, ValueError):
            self.process.wait()
            self.start()
            return None
        return reply["return"] if "return" in reply else reply["error"]["desc"]

    def stop(self):
        self.ask("quit")


class PropertyLists:
    """Lists of properties: each property once, and of each list what is not the beginning of an earlier one."""

    def __init__(self):
        self.properties = {}
        self.written = []

    def add(self, properties):
        items = [self.properties.setdefault(self.key(item), len(self.properties)) for item in properties]
        number, length = max(((i, self.common(items, other)) for i, other in enumerate(self.written)),
                             key=lambda candidate: candidate[1], default=(-1, 0))
        self.written.append(items)
        return [number, length] + items[length:]

    @staticmethod
    def key(item):
        return json.dumps([item["name"], item["type"], item.get("description"), item.get("default-value")], separators=(",", ":"))

    @staticmethod
    def common(one, other):
        count = 0
        while count < min(len(one), len(other)) and one[count] == other[count]:
            count += 1
        return count

    def table(self):
        return [json.loads(key) for key in self.properties]


def record_types(emulator, has_devices):
    types = emulator.ask("qom-list-types", abstract=True)
    parents = {item["name"]: item.get("parent") for item in types}
    lists = PropertyLists()
    rows = []
    for item in types:
        name = item["name"]
        device = emulator.ask("device-list-properties", typename=name) if has_devices else None
        every = emulator.ask("qom-list-properties", typename=name)
        missing = has_devices and device is None and every is None or isinstance(device, str) and device.endswith("not found")
        rows.append({
            "name": name,
            **({"parent": item["parent"]} if "parent" in item else {}),
            **({"abstract": True} if item.get("abstract") else {}),
            **({"missing": True} if missing else {}),
            **({"device": lists.add(device)} if isinstance(device, list) else {}),
            **({"every": lists.add(every)} if isinstance(every, list) else {}),
        })
    interfaces = {name: sorted(item["name"] for item in emulator.ask("qom-list-types", implements=name, abstract=True))
                  for name in parents if parents[name] == PARENT_INTERFACE}
    return {"properties": lists.table(), "types": rows, "interfaces": interfaces}


def record_machines(emulator, program):
    text = subprocess.run([program, "-machine", "help"], capture_output=True, text=True, check=True).stdout
    described = dict(re.match(r"(\S+)\s+(.*?)(?: \((?:alias of .*|default|deprecated)\))*$", line).groups() for line in text.splitlines()[1:])
    machines = emulator.ask("query-machines")
    return {"machines": [{**machine, "description": described.get(machine["name"], "")} for machine in machines],
            "help": text.splitlines()}


class Expansions:
    """The properties of CPU models: those of one model in whole, and of the others what differs."""

    def __init__(self):
        self.whole = []

    def add(self, model):
        properties = model["props"]
        for number, whole in enumerate(self.whole):
            if list(properties) == list(whole):
                return {"as": number, "but": {name: value for name, value in properties.items() if value != whole[name]}}
        self.whole.append(properties)
        return {"as": len(self.whole) - 1, "but": {}}


def record_models(emulator, program):
    definitions = emulator.ask("query-cpu-definitions")
    kinds = {}
    for kind in ("static", "full"):
        expansions = Expansions()
        models = {}
        for definition in definitions:
            answer = emulator.ask("query-cpu-model-expansion", type=kind, model={"name": definition["name"]})
            models[definition["name"]] = expansions.add(answer["model"])
        kinds[kind] = {"whole": expansions.whole, "models": models}
    text = subprocess.run([program, "-cpu", "help"], capture_output=True, text=True, check=True).stdout
    return {"definitions": definitions, "expansions": kinds, "help": text.splitlines()}


def record_firmware(program):
    boards = []
    for board, prefix in (("pc", "pc-i440fx-"), ("q35", "pc-q35-"), ("microvm", "microvm"), ("isapc", "isapc")):
        emulator = Emulator(program, "-machine", board, "-nodefaults", "-display", "none", "-accel", "tcg", "-S", "-qmp", "unix:PATH")
        images = emulator.ask("x-query-roms")["human-readable-text"]
        rows = [line.split() for line in emulator.ask("x-query-ramblock")["human-readable-text"].splitlines()[1:]]
        memory = int(rows[0][5], 0)
        blocks = [[row[0], int(row[3], 0) - memory, int(row[4], 0), int(row[5], 0)] for row in rows[1:]]
        boards.append({"prefix": prefix, "images": images, "blocks": blocks})
        if prefix != board:
            boards.append({"prefix": board, "images": images, "blocks": blocks})
        emulator.stop()
    return {"boards": boards}


def main():
    program, daemon, release = sys.argv[1:]
    emulator = Emulator(program, "-machine", "none", "-nodefaults", "-display", "none", "-S", "-qmp", "unix:PATH")
    storage = Emulator(daemon, "--chardev", "socket,id=monitor,path=PATH", "--monitor", "monitor")
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), release)
    os.makedirs(folder, exist_ok=True)
    origin = "QEMU {major}.{minor}.{micro}, qemu-system-x86_64".format(**emulator.version)
    facts = {
        "types": record_types(emulator, has_devices=True),
        "daemon-types": record_types(storage, has_devices=False),
        "machines": record_machines(emulator, program),
        "cpu-models": record_models(emulator, program),
        "firmware": record_firmware(program),
        "options": {"options": emulator.ask("query-command-line-options")},
        "trace-events": {"events": [event["name"] for event in emulator.ask("trace-event-get-state", name="*")]},
    }
    emulator.stop()
    storage.stop()
    for name, content in facts.items():
        with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as file:
            json.dump({"recorded-from": origin, **content}, file, separators=(",", ":"), ensure_ascii=False)
            file.write("\n")


if __name__ == "__main__":
    main()
