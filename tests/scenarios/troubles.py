"""What diagnose says of a storm, and that it says nothing where nothing is wrong."""

import subprocess
import threading
import time

import conntrail
import load
import servers
from witness import Counted, listeners


def storm(world, check):
    """Four clients with keep-alive, and haproxy opens a connection to nginx for each of their requests: the
    storm is between these two, and both are named."""
    servers.nginx(world, more="keepalive_timeout 0;")
    servers.haproxy(world, keep_alive=False)
    counted = Counted()
    stop = time.monotonic() + 12

    def client():
        while time.monotonic() < stop:
            load.get(8090, times=200)

    threads = [threading.Thread(target=client, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    _, findings = conntrail.diagnose("--for", "8s", "--all")
    for thread in threads:
        thread.join()
    check.true("it was one", counted("Tcp.ActiveOpens") > 1000, f"{counted('Tcp.ActiveOpens')} connections")
    summaries = [finding["summary"] for finding in findings if finding["topic"] == "time-wait"]
    held = listeners()
    for program, port in (("nginx", 8080), ("haproxy", 8090)):
        named = {f"{program}/{pid}" for pid in held[port]}
        told = [summary for summary in summaries if any(name in summary for name in named)]
        check.true(f"{program} is named, with a pid that it has", told, " | ".join(told or summaries))
    # haproxy sets SO_LINGER to 0 on connections to servers: those that it closes before nginx does end by an RST.
    resets = [finding for finding in findings if finding["id"] == "resets"]
    sent = sum(finding["facts"]["resets_sent"] for finding in resets)
    check.true("what haproxy resets is haproxy's", all(finding["facts"]["comm"] == "haproxy" for finding in resets),
               " | ".join(finding["summary"] for finding in resets))
    check.true("and no more than the kernel sent", sent <= counted("Tcp.OutRsts"), f"{sent} of {counted('Tcp.OutRsts')}")
    worse = [finding["summary"] for finding in findings
             if finding["topic"] != "time-wait" and finding["id"] != "resets" and finding["severity"] != "info"]
    check.equal("warnings of other topics", [], worse)


def healthy(world, check):
    """Two minutes of mixed load over all servers: diagnose has nothing to warn of and exits with 0."""
    servers.nginx(world)
    servers.haproxy(world)
    servers.apache(world)
    servers.redis(world)
    servers.postgres(world)
    servers.node(world)
    subprocess.run("pgbench -i -q -h 127.0.0.1 -U postgres postgres", shell=True, check=True, capture_output=True)
    stop = time.monotonic() + 110

    def browse():
        while time.monotonic() < stop:
            for port in (8080, 8090, 8081, 3000):
                load.get(port, times=3 if port != 8081 else 1)
            time.sleep(0.2)

    def store():
        while time.monotonic() < stop:
            subprocess.run(
                ["redis-benchmark", "-q", "-p", "6379", "-c", "5", "-n", "2000", "-t", "set"], check=True, capture_output=True
            )
            subprocess.run(
                ["pgbench", "-C", "-t", "20", "-h", "127.0.0.1", "-U", "postgres", "postgres"], check=True, capture_output=True
            )
            time.sleep(1)

    threads = [threading.Thread(target=browse, daemon=True) for _ in range(3)] + [threading.Thread(target=store, daemon=True)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    status, findings = conntrail.diagnose("--for", "100s")
    for thread in threads:
        thread.join()
    check.equal("exit status of diagnose", 0, status)
    check.equal("warnings", [], [finding["summary"] for finding in findings if finding["severity"] != "info"])
