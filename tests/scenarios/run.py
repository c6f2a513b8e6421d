"""Runs scenarios, each in a child process with a network namespace of its own: run.py NAME…; without a name all
of them. Exit status 1 when one failed. scripts/scenarios calls this."""

import os
import sys
import traceback

import counts
import owners
import troubles
from check import Checks
from world import World

SCENARIOS = {
    "listeners": owners.listeners,
    "prefork": owners.prefork,
    "reload": owners.reload,
    "books": counts.books,
    "ends": counts.ends,
    "storm": troubles.storm,
    "healthy": troubles.healthy,
}


def run(name):
    """In a child: it leaves nothing behind in this process, not even the namespace."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with World() as world:
                check = Checks(name)
                SCENARIOS[name](world, check)
                status = 1 if check.failed else 0
        except Exception:  # pylint: disable=broad-exception-caught
            traceback.print_exc()
            print(f"FAILED {name}: it could not be played to its end", flush=True)
        finally:
            sys.stdout.flush()
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def main():
    names = sys.argv[1:] or list(SCENARIOS)
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        sys.exit(f"no scenario {unknown[0]}; there are {', '.join(SCENARIOS)}")
    failed = [name for name in names if not run(name)]
    print(f"{len(names) - len(failed)} of {len(names)} scenarios as they should be" + (f"; not {', '.join(failed)}" if failed else ""))
    sys.exit(1 if failed else 0)


main()
