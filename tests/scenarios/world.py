"""Where a scenario happens: a network namespace of its own, a temporary folder, and the processes that it
started, which all end with it."""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time

CLONE_NEWNET = 0x40000000
PR_SET_CHILD_SUBREAPER = 36


def eventually(holds, seconds=20.0):
    """Waits for a condition; the last answer."""
    end = time.monotonic() + seconds
    while True:
        answer = holds()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(0.05)


class World:
    """The calling process moves into a new network namespace for good; daemons that it starts stay its
    descendants, so that they can be found by pid."""

    def __enter__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWNET)")
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.run("ip", "link", "set", "lo", "up")
        self.folder = tempfile.mkdtemp(prefix="conntrail-scenario-")
        os.chmod(self.folder, 0o755)
        return self

    def __exit__(self, *_):
        for name in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.descendants():
                try:
                    os.kill(pid, name)
                except ProcessLookupError:
                    pass
            if eventually(self._all_reaped, 5):
                break
        shutil.rmtree(self.folder, ignore_errors=True)

    def _all_reaped(self):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        return False

    @staticmethod
    def descendants():
        found, todo = [], [os.getpid()]
        while todo:
            pid = todo.pop()
            try:
                tasks = os.listdir(f"/proc/{pid}/task")
                for task in tasks:
                    with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
                        todo += [int(child) for child in children.read().split()]
            except OSError:
                continue
            if pid != os.getpid():
                found.append(pid)
        return found

    @staticmethod
    def run(*words, **options):
        return subprocess.run(words, check=True, capture_output=True, text=True, **options).stdout

    def start(self, *words, **options):
        """A process that stays in the foreground."""
        log = open(os.path.join(self.folder, "log"), "a", encoding="utf-8")
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as file:
            return file.read()
