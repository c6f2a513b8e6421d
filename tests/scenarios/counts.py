"""How many connections there were and how they ended: against the servers' own books and the kernel's."""

import subprocess

import conntrail
import load
import servers
from witness import Counted


def _of(lines, **wanted):
    return [line for line in lines if all(line.get(key) == value for key, value in wanted.items())]


def books(world, check):
    """Connections as nginx, redis, PostgreSQL, node and the kernel count them."""
    with conntrail.Recorder(world) as recorder:
        counted = Counted()
        servers.nginx(world)
        servers.redis(world)
        servers.postgres(world)
        servers.node(world)
        for _ in range(100):
            load.get(8080)
        load.get(8080, times=50)
        for _ in range(50):
            load.get(3000)
        subprocess.run(
            ["redis-benchmark", "-q", "-p", "6379", "-c", "10", "-n", "2000", "-t", "set,get"],
            check=True,
            capture_output=True,
        )
        subprocess.run(
            "pgbench -i -q -h 127.0.0.1 -U postgres postgres && pgbench -C -t 50 -h 127.0.0.1 -U postgres postgres",
            shell=True,
            check=True,
            capture_output=True,
        )
        redis = servers.redis_figure("total_connections_received")
        opened = counted("Tcp.ActiveOpens")
        accepted = counted("Tcp.PassiveOpens")
        lines = recorder.settled(opened + accepted, "not", "state", "listen")
        passive = _of(lines, direction="passive")
        check.equal("opened here, by the kernel's count", opened, len(_of(lines, direction="active")))
        check.equal("accepted here, by the kernel's count", accepted, len(passive))
        check.equal("nginx: connections in its log", 101, len(_of(passive, local_port=8080)))
        check.equal("nginx: clients", len(servers.requests(world)[0]), len(_of(passive, local_port=8080)))
        check.equal("node: connections made", 50, len(_of(passive, local_port=3000)))
        check.equal("redis: total_connections_received", redis, len(_of(passive, local_port=6379)))
        # libpq asks for nothing beforehand where sslmode=prefer finds no TLS: one connection each.
        told = len([line for line in _of(passive, local_port=5432) if line.get("bytes_sent", 0) > 100])
        check.equal("PostgreSQL: connections authorized", servers.postgres_connections(world), told)
        check.equal("connections that ended other than normally", 0, len([l for l in lines if l.get("end_reason") not in (None, "normal")]))


def ends(world, check):
    """Normal, reset, refused and unanswered, each as often as it was done."""
    with open("/proc/sys/net/ipv4/tcp_syn_retries", "w", encoding="ascii") as setting:
        setting.write("1")
    with conntrail.Recorder(world) as recorder:
        servers.nginx(world)
        world.run("nft", "add table inet t")
        world.run("nft", "add chain inet t in { type filter hook input priority 0; }")
        world.run("nft", "add rule inet t in ip daddr 127.0.0.9 drop")
        counted = Counted()
        for _ in range(40):
            load.get(8080)
        for _ in range(15):
            load.get_and_reset(8080)
        for _ in range(25):
            load.refused(9)
        for _ in range(3):
            load.unanswered("127.0.0.9", 8080)
        # Both ends of those that were established.
        lines = recorder.settled(2 * 55 + 28, "not", "state", "listen")
        active, passive = _of(lines, direction="active"), _of(lines, direction="passive")
        check.equal("normal, at the client", 40, len(_of(active, end_reason="normal")))
        check.equal("normal, at nginx", 40, len(_of(passive, end_reason="normal")))
        check.equal("reset by the client, at the client", 15, len(_of(active, end_reason="reset_by_local")))
        check.equal("reset by the client, at nginx", 15, len(_of(passive, end_reason="reset_by_peer")))
        check.equal("refused", 25, len(_of(active, end_reason="refused")))
        check.equal("unanswered", 3, len(_of(active, end_reason="timeout")))
        check.equal(
            "failed attempts, by the kernel's count",
            counted("Tcp.AttemptFails"),
            len(_of(active, end_reason="refused")) + len(_of(active, end_reason="timeout")),
        )
        check.equal("all", 2 * 55 + 28, len(lines))
