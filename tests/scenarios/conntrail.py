"""The program under test, by its JSON."""

import json
import os
import signal
import subprocess

from world import eventually

PROGRAM = os.environ.get("CONNTRAIL", "conntrail")


def lines_of(*words, statuses=(0, 1)):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, check=False)
    if done.returncode not in statuses:
        raise RuntimeError(f"conntrail {' '.join(words)}: {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def connections(*words):
    return [line for line in lines_of(*words) if line["type"] == "connection"]


def live(*words):
    """The table of this moment, without what a recorder remembers."""
    return connections("list", "--json", "--netns", "self", "--no-history", *words)


def diagnose(*words):
    """Exit status, findings and the line about the evidence."""
    done = subprocess.run(
        [PROGRAM, "diagnose", "--json", "--netns", "self", *words], capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"conntrail diagnose: {done.returncode}: {done.stderr}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, [line for line in lines if line["type"] == "finding"]


class Recorder:
    """`conntrail record` of this namespace, with a database in the scenario's folder."""

    def __init__(self, world):
        self.world = world
        self.database = world.path("history.db")

    def __enter__(self):
        self.process = self.world.start(PROGRAM, "record", "--netns", "self", "--db", self.database)
        if not eventually(self._ready):
            raise RuntimeError("conntrail record does not begin: " + self.world.read("log"))
        return self

    def _ready(self):
        return os.path.exists(self.database) and "recording" in self.world.read("log")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)

    def history(self, *words):
        return connections("history", "--json", "--db", self.database, *words)

    def settled(self, count, *words, seconds=20):
        """The connections once there are so many and all have ended, or as they are when the time is over."""

        def over():
            lines = self.history(*words)
            return len(lines) >= count and all(line["ended"] for line in lines)

        eventually(over, seconds)
        return self.history(*words)
