"""The kernel's own words: ss and the counters of /proc/net."""

import re

from world import World


def listeners():
    """Port → the processes that hold the listener, by ss."""
    found = {}
    for line in World.run("ss", "-Htlnp").splitlines():
        port = int(line.split()[3].rsplit(":", 1)[1])
        found.setdefault(port, set()).update(int(pid) for pid in re.findall(r"pid=(\d+)", line))
    return found


def listening(port):
    return port in listeners()


def counters():
    """The counters of /proc/net/snmp and netstat, "Tcp.ActiveOpens"."""
    values = {}
    for name in ("snmp", "netstat"):
        with open(f"/proc/self/net/{name}", encoding="ascii") as file:
            lines = file.read().splitlines()
        for titles, numbers in zip(lines[::2], lines[1::2]):
            group = titles.split(":")[0]
            for title, number in zip(titles.split()[1:], numbers.split()[1:]):
                values[f"{group}.{title}"] = int(number)
    return values


class Counted:
    """How much the counters have grown since this was made."""

    def __init__(self):
        self.before = counters()

    def __call__(self, name):
        return counters()[name] - self.before[name]
