"""One process under measurement, with its children: how it is started and ended, its CPU time and its memory."""

import os
import signal
import subprocess

TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A command in a session of its own, so that the end of it is the end of all its children."""

    def __init__(self, command, log, env=None):
        self.log = log
        self.child = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, **(env or {})}, start_new_session=True
        )

    def pids(self):
        """The process and its children."""
        found, waiting = [], [self.child.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            try:
                tasks = os.listdir(f"/proc/{pid}/task")
                waiting += [int(c) for t in tasks for c in open(f"/proc/{pid}/task/{t}/children").read().split()]
            except FileNotFoundError:
                continue
        return found

    def cpu(self):
        """User and system time of all of it until now, in seconds, in steps of a clock tick (10 ms)."""
        ticks = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/stat") as stat:
                ticks += sum(map(int, stat.read().rpartition(")")[2].split()[11:13]))
        return ticks / TICKS

    def memory(self, line):
        """A line of /proc/PID/status in MB, added over all of it: VmHWM is the peak since `forget_peak`, VmRSS is now."""
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/status") as status:
                total += next(int(text.split()[1]) for text in status if text.startswith(line + ":"))
        return total * 1024 / 1e6

    def forget_peak(self):
        for pid in self.pids():
            with open(f"/proc/{pid}/clear_refs", "w") as refs:
                refs.write("5")

    def running(self):
        return self.child.poll() is None

    def stop(self):
        if self.running():
            os.killpg(self.child.pid, signal.SIGTERM)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
                self.child.wait()
