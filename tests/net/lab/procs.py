# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Long-running processes of a lab: each in its namespace, with its log, ended by its own pid."""

import os
import signal
import subprocess
import time

PATIENCE = 30  # seconds: only a busy machine needs more than a moment for what is waited for
# If the lab itself is killed, its processes are killed with it.
LEASH = ("setpriv", "--pdeathsig", "KILL")


class Procs:
    def __init__(self, logdir):
        self.logdir = logdir
        self.running = []

    def start(self, ns, argv, name, env=None, stdin=None):
        """Starts argv in a namespace; standard output and error go to NAME.log."""
        log = open(os.path.join(self.logdir, name + ".log"), "ab")
        try:
            proc = subprocess.Popen(
                ns.argv(*LEASH, *argv),
                stdin=stdin or subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=env,
                start_new_session=True,
            )
        finally:
            log.close()
        proc.name = name
        self.running.append(proc)
        return proc

    def log(self, proc):
        with open(
            os.path.join(self.logdir, proc.name + ".log"), encoding="utf-8", errors="replace"
        ) as f:
            return f.read()

    def stop(self, proc, grace=3.0, sig=signal.SIGTERM):
        """Ends one process; returns its exit status."""
        if proc.poll() is None:
            proc.send_signal(sig)
        try:
            proc.wait(grace)
        except subprocess.TimeoutExpired:
            proc.kill()
            proc.wait()
        if proc in self.running:
            self.running.remove(proc)
        return proc.returncode

    def stop_all(self):
        for proc in self.running:
            if proc.poll() is None:
                proc.terminate()
        deadline = time.monotonic() + 2
        for proc in list(self.running):
            self.stop(proc, grace=max(0.05, deadline - time.monotonic()))


def kill_pids(pids):
    """For children of children that outlived their parent inside the lab's own namespaces."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def wait_for(condition, seconds, what, step=0.05):
    """Polls until condition() is true; its value is returned."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(step)
