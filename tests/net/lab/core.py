# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One lab from up to down: topology, rules, servers, and everything removed at the end."""

import itertools
import os
import re
import shutil
import signal
import sys
import tempfile
import time

from . import nat, turn
from .clients import start as start_client
from .netns import run
from .procs import PATIENCE, Procs, kill_pids, wait_for
from .topology import SIGNALLING, Net, Topology

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"  # Debian's: the one that has aiohttp and aiortc
SIGNAL_PORT = 80  # where firewalls let anybody go
PREFIX = "p2plab"
NUMBER = itertools.count(1)
UPSTREAM_KINDS = {"double": "portpres", "cgn": "random"}  # what the provider's NAT is


class Lab:
    """Use with `with`: leaving the block takes everything away, whatever happened inside."""

    def __init__(self, builddir, nat_a="portpres", nat_b="portpres", net=Net(), coturn=None):
        self.builddir = os.path.join(builddir, "lab")
        self.kinds = {"gwa": nat_a, "gwb": nat_b}
        if net.upstream:
            self.kinds["isp"] = UPSTREAM_KINDS[net.upstream]
        self.net = net
        self.coturn = coturn if coturn is not None else {}
        self.topology = Topology(f"{PREFIX}{os.getpid()}-{next(NUMBER)}", net)
        self.events = []
        self.signal_url = f"http://{SIGNALLING}"

    @property
    def ns(self):
        return self.topology.ns

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
        os.chmod(self.dir, 0o755)
        self.logs = self.subdir("logs")
        self.reports = self.subdir("reports")
        self.procs = Procs(self.logs)
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    def subdir(self, name):
        path = os.path.join(self.dir, name)
        os.makedirs(path, exist_ok=True)
        return path

    def up(self):
        self.topology.up()
        nat.router(self.ns["inet"])
        for gateway in self.kinds:
            self.rules(gateway)
        self.start_signalling()
        turn.start(self, **self.coturn)

    def down(self):
        """Processes first, then what they left in our namespaces, then the namespaces."""
        with undisturbed():
            self.remove()

    def remove(self):
        self.procs.stop_all()
        for ns in self.ns.values():
            kill_pids(ns.pids())
        self.topology.down()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start_signalling(self):
        argv = [
            PYTHON,
            os.path.join(HERE, "signalling.py"),
            "--host",
            SIGNALLING,
            "--port",
            str(SIGNAL_PORT),
            "--reports",
            self.reports,
            "--pages",
            os.path.join(HERE, "clients", "pages"),
        ]
        proc = self.procs.start(self.ns["signalling"], argv, "signalling")

        def ready():
            if proc.poll() is not None:
                raise RuntimeError("signalling: " + self.procs.log(proc))
            try:
                return self.ns["signalling"].http_get(self.signal_url + "/")[0]
            except OSError:
                return None

        wait_for(ready, PATIENCE, "the signalling server")

    def rules(self, gateway, forward=(), output=(), tables=""):
        """Loads a gateway's NAT and these extra rules."""
        nat.gateway(
            self.ns[gateway],
            self.kinds[gateway],
            self.net.addresses(gateway),
            forward,
            output,
            tables,
        )

    def router_rules(self, *forward):
        nat.router(self.ns["inet"], forward)

    def event(self, text):
        """Notes what the lab did, and when, for the truth file."""
        self.events.append({"t": time.time(), "event": text})

    def client(self, name, call):
        """NAME is the host's; of several clients on one host each has a word of its own behind it:
        alice+other."""
        self.event(f"start {name} {call.stack} {call.role}")
        return start_client(self, name, call)

    def host_of(self, name):
        return self.ns[name.partition("+")[0]]

    def save_logs(self, directory):
        for part in ("logs", "reports"):
            shutil.copytree(
                os.path.join(self.dir, part), os.path.join(directory, part), dirs_exist_ok=True
            )


class undisturbed:
    """A second Ctrl-C shall not leave half a lab behind."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __enter__(self):
        self.before = {s: signal.signal(s, signal.SIG_IGN) for s in self.SIGNALS}

    def __exit__(self, *_):
        for s, handler in self.before.items():
            signal.signal(s, handler)


def die_politely():
    """SIGTERM and SIGHUP end the program the way Ctrl-C does: every lab is taken down."""

    def stop(number, _):
        sys.exit(128 + number)

    for s in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, stop)


def sweep():
    """Removes what a lab left behind whose process was killed and could not do it."""
    for name in os.listdir(tempfile.gettempdir()):
        m = re.fullmatch(PREFIX + r"(\d+)-\w+", name)
        if m and not os.path.exists(f"/proc/{m[1]}"):
            shutil.rmtree(os.path.join(tempfile.gettempdir(), name), ignore_errors=True)
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else ():
        m = re.fullmatch(PREFIX + r"(\d+)-\d+-\w+", name)
        if m and not os.path.exists(f"/proc/{m[1]}"):
            kill_pids(int(p) for p in run("ip", "netns", "pids", name, check=False).split())
            run("ip", "netns", "del", name, check=False)


def require_root():
    if os.geteuid():
        sys.exit("the gateway lab needs root: it makes network namespaces")


def require_tools():
    missing = [
        t
        for t in ("ip", "nft", "nsenter", "setpriv", "turnserver", "conntrack")
        if not shutil.which(t)
    ]
    if missing:
        sys.exit("the gateway lab needs: " + " ".join(missing))
    run("nft", "--version")
