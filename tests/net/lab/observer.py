# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""p2pscope on gateway A: started, asked, stopped."""

import json
import os
import signal

from . import hooks
from .leftovers import Belongings
from .netns import run
from .procs import PATIENCE, wait_for

LISTEN = "127.0.0.1:9810"
STOP_GRACE = (
    60.0  # behind it, it is killed, which its status shows; a busy machine may take seconds
)

# Where it runs: namespace, the interfaces it observes there, and its arguments.
GATEWAY = ("gwa", ("lan0", "wan0"), ("--lan", "lan0", "--wan", "wan0"))
GATEWAY_LIVE = (*GATEWAY[:2], (*GATEWAY[2], "--trace-live"))
HOST = ("alice", ("eth0",), ())  # a plain host finds its interface by itself
TAP = (
    "tap",
    ("lan0", "wan0"),
    ("--lan", "lan0", "--wan", "wan0"),
)  # bridges around the NAT box, which is another machine


class Observer:
    def __init__(self, lab, binary, place=GATEWAY):
        self.lab, self.binary = lab, os.path.abspath(binary)
        name, self.devices, self.arguments = place
        self.ns = lab.ns[name]
        directory = lab.subdir("run")
        os.chmod(
            directory, 0o1777
        )  # the daemon may already be its own user when it makes the socket
        self.socket = os.path.join(directory, "p2pscope.sock")
        self.proc = None
        self.foreign = set()  # what hangs on the interfaces and is somebody else's

    def start(self):
        argv = [self.binary, "run", *self.arguments, "--listen", LISTEN, "--socket", self.socket]
        self.foreign = set(self.hanging())
        self.proc = self.lab.procs.start(self.ns, argv, "p2pscope")
        wait_for(self.ready, PATIENCE, "p2pscope to be ready")
        # Else the look at what is left after the end would be blind.
        for dev in self.devices:
            if not self.is_attached(dev):
                raise RuntimeError(f"p2pscope is ready, but nothing of it is seen on {dev}")

    def ready(self):
        self.must_live()
        return os.path.exists(self.socket) and self.healthy()

    def must_live(self):
        if self.proc.poll() is not None:
            raise RuntimeError(
                f"p2pscope ended with status {self.proc.returncode}: "
                + self.lab.procs.log(self.proc)[-1000:].strip()
            )

    def healthy(self):
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def get(self, path):
        return self.ns.http_get(f"http://{LISTEN}{path}")

    def metrics(self):
        return self.get("/metrics")[1]

    def counter(self, name):
        """The sum of a metric's samples, over all labels or of one series; None when there is no
        such metric."""
        samples = [
            line.rsplit(" ", 1)
            for line in self.metrics().splitlines()
            if line and not line.startswith("#")
        ]
        values = [
            float(value) for series, value in samples if name in (series, series.split("{")[0])
        ]
        return sum(values) if values else None

    def command(self, *words):
        return run(self.binary, *words, "--socket", self.socket)

    def ask(self, *words):
        return json.loads(self.command(*words, "--json"))

    def sessions(self):
        answer = self.ask("sessions")
        return answer["sessions"] if isinstance(answer, dict) else answer

    def mappings(self):
        return self.ask("mappings")["mappings"]

    def nat(self):
        return self.ask("nat")

    def stop(self):
        """Returns what was wrong with the end: its status, anything still attached."""
        problems, own = [], self.belongings()
        if self.proc.poll() is not None:
            problems.append(f"p2pscope ended by itself with status {self.proc.returncode}")
        status = self.lab.procs.stop(self.proc, grace=STOP_GRACE, sig=signal.SIGTERM)
        if status:
            problems.append(f"p2pscope: expected exit status 0 on SIGTERM, actual {status}")
        return problems + self.left(own)

    def kill(self):
        """As somebody with kill -9, or the kernel without memory, would end it; returns what it
        left behind."""
        own = self.belongings()
        self.lab.procs.stop(self.proc, sig=signal.SIGKILL)
        return self.left(own)

    def belongings(self):
        return Belongings(self.proc.pid, self.ns.path)

    def left(self, own):
        return [f"still attached after the end: {what}" for what in self.attached()] + [
            f"still there after the end: {what}" for what in own.left()
        ]

    def is_attached(self, dev):
        return any(what.startswith(dev) for what in self.attached())

    def attached(self):
        """XDP and tc programs of its own on its interfaces, in words."""
        return [what for what in self.hanging() if what not in self.foreign]

    def hanging(self):
        return self.ns.call(lambda: [what for dev in self.devices for what in hooks.attached(dev)])
