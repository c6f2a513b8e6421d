"""Who holds the listeners: servers that listen and then fork to the background while a recorder runs, and
children that accept."""

import conntrail
import load
import servers
import witness
from world import eventually


def _told(connections):
    """Port → owner and every holder."""
    told = {}
    for line in connections:
        if line.get("state") == "LISTEN":
            holders = {holder["pid"] for holder in line["holders"]}
            owner, pids = told.get(line["local_port"], (None, set()))
            told[line["local_port"]] = (line.get("pid", owner), pids | holders)
    return told


def listeners(world, check):
    """nginx, haproxy -D, apache2, redis, PostgreSQL and node start while `record` runs."""
    with conntrail.Recorder(world) as recorder:
        servers.nginx(world)
        servers.haproxy(world)
        servers.apache(world)
        servers.redis(world)
        servers.postgres(world)
        servers.node(world)
        truth = witness.listeners()
        check.equal("listening ports", 6, len(truth))
        views = {
            "list": lambda: _told(conntrail.live()),
            "history --open": lambda: _told(recorder.history("--open", "state", "listen")),
            "list with the recorder": lambda: _told(
                conntrail.connections("list", "--json", "--netns", "self", "--history", recorder.database)
            ),
        }
        for name, view in views.items():
            # A recorder looks at the file tables every second or so.
            eventually(lambda view=view: all(view().get(port, (0, 0))[1] == pids for port, pids in truth.items()), 15)
            told = view()
            for port, pids in sorted(truth.items()):
                owner, holders = told.get(port, (None, set()))
                check.equal(f"{name}: holders of port {port}", sorted(pids), sorted(holders))
                check.true(f"{name}: owner of port {port} holds it", owner in pids, f"{owner} of {sorted(pids)}")


def prefork(world, check):
    """Every connection of apache2 belongs to the child that accepted it."""
    with conntrail.Recorder(world) as recorder:
        servers.apache(world)
        for _ in range(60):
            load.get(8081)
        eventually(lambda: len(world.read("apache.access").splitlines()) == 60)
        truth = {int(line.split()[1]): int(line.split()[0]) for line in world.read("apache.access").splitlines()}
        told = {
            line["remote_port"]: line.get("pid")
            for line in recorder.settled(60, "sport", "=", ":8081", "direction", "=", "passive")
        }
        right = sum(told.get(port) == pid for port, pid in truth.items())
        check.equal("connections", len(truth), len(told))
        check.equal("connections whose owner is the child in apache's log", len(truth), right)
        check.true("several children had some", len(set(truth.values())) > 1, f"{len(set(truth.values()))}")


def reload(world, check):
    """nginx -s reload: another worker accepts, and the listener is no dead process's."""
    with conntrail.Recorder(world) as recorder:
        config = servers.nginx(world, workers=1)
        for _ in range(20):
            load.get(8080)
        eventually(lambda: servers.requests(world)[1] == 20)
        before = witness.listeners()[8080]
        servers.nginx_reload(world, config)
        eventually(lambda: witness.listeners()[8080] != before and len(witness.listeners()[8080]) == 2)
        for _ in range(20):
            load.get(8080)
        eventually(lambda: servers.requests(world)[1] == 40)
        truth, _ = servers.requests(world)
        check.equal("workers that answered", 2, len(set(truth.values())))
        told = {
            line["remote_port"]: line.get("pid")
            for line in recorder.settled(40, "sport", "=", ":8080", "direction", "=", "passive")
        }
        check.equal("connections", len(truth), len(told))
        right = sum(told.get(port) == pid for port, pid in truth.items())
        check.equal("connections whose owner is the worker in nginx's log", len(truth), right)
        alive = witness.listeners()[8080]
        eventually(lambda: _told(recorder.history("--open", "state", "listen")).get(8080, (0, 0))[1] == alive, 15)
        owner, holders = _told(recorder.history("--open", "state", "listen"))[8080]
        check.equal("holders of the listener", sorted(alive), sorted(holders))
        check.true("its owner is one of them", owner in alive, f"{owner} of {sorted(alive)}")
