# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What runs on the gateway while it forwards: p2pscope, what it is measured against, and what
people would run instead.

Each is used with `with`; `proc` is its process, `saw()` is called after every turn, and `lost()`
returns at the end which part of the packets that passed it did not see by its own count, or None if
it counts none.
"""

import json
import os
import re
import signal

from forwarding import HOST, PEER, PORTS, WAN, read
from lab.netns import run
from lab.procs import wait_for

LISTEN = "127.0.0.1:9810"
ARP = 20  # packets that are no IP: no more of them pass in a turn
NETFILTER = "12"  # NETLINK_NETFILTER

# What it is called with (FILE is one of its own), and where its last words say how many packets it
# saw.
TOOLS = {
    "tcpdump": (("tcpdump", "-n", "-i", "lan0", "-w", "FILE"), r"(\d+) packets? captured"),
    "tshark": (("tshark", "-n", "-q", "-i", "lan0", "-w", "FILE"), r"(\d+) packets? captured"),
    "ndpiReader": (("ndpiReader", "-i", "lan0"), r"IP packets:\s+(\d+)"),
    "conntrack": (("conntrack", "-E", "-o", "timestamp"), None),
}


class Tool:
    def __init__(self, gateway, name):
        self.gateway, self.name = gateway, name
        self.argv, self.pattern = TOOLS[name]
        self.path = os.path.join(gateway.dir, name + ".pcap")

    def __enter__(self):
        argv = [self.path if word == "FILE" else word for word in self.argv]
        self.proc = self.gateway.procs.start(self.gateway.ns["gw"], argv, self.name)
        wait_for(lambda: self.gateway.ns["gw"].call(listened), 10, self.name)
        self.passed = self.gateway.passed("lan0")
        return self

    def __exit__(self, *_):
        self.gateway.procs.stop(self.proc, sig=signal.SIGINT)
        if os.path.exists(self.path):
            os.unlink(self.path)

    def saw(self, *_):
        pass

    def lost(self):
        if not self.pattern:
            return None
        passed = self.gateway.passed("lan0") - self.passed
        self.gateway.procs.stop(self.proc, sig=signal.SIGINT)
        return max(
            0, 1 - int(re.findall(self.pattern, self.gateway.procs.log(self.proc))[-1]) / passed
        )


class Floor:
    """The program of programs/floor.bpf.c of this name at p2pscope's hooks: what hooks cost, and
    the least that a look-up of the flow costs there."""

    def __init__(self, gateway, build, name):
        self.gateway, self.argv = gateway, [
            os.path.join(build, "tests", "bench", "hook_floor"),
            name,
        ]
        for device, source in ("lan0", HOST), ("wan0", WAN):
            for port, to in PORTS.values():
                self.argv += [device, source, str(port), PEER, str(to)]

    def __enter__(self):
        self.proc = self.gateway.procs.start(self.gateway.ns["gw"], self.argv, "hook_floor")
        wait_for(lambda: "ready" in self.gateway.procs.log(self.proc), 10, "hook_floor")
        return self

    def __exit__(self, *_):
        self.gateway.procs.stop(self.proc)

    def saw(self, *_):
        pass

    def lost(self):
        return None


def listened():
    """Whether any process in this namespace has a packet socket, or listens to netfilter's events.
    """
    sockets = [line.split() for line in read("/proc/thread-self/net/netlink").splitlines()[1:]]
    return len(read("/proc/thread-self/net/packet").splitlines()) > 1 or any(
        fields[1] == NETFILTER and int(fields[3], 16) for fields in sockets
    )


class Observer:
    """p2pscope. It must see every packet of UDP as what it is, and the stream as one of its
    session."""

    def __init__(self, gateway, build, ingress):
        self.gateway, self.program, self.ingress = gateway, os.path.join(build, "p2pscope"), ingress
        self.socket = os.path.join(gateway.dir, "p2pscope.sock")

    def __enter__(self):
        argv = (
            self.program,
            "run",
            "--lan",
            "lan0",
            "--wan",
            "wan0",
            "--ingress",
            self.ingress,
            "--listen",
            LISTEN,
            "--socket",
            self.socket,
        )
        self.proc = self.gateway.procs.start(self.gateway.ns["gw"], argv, "p2pscope")
        wait_for(self.ready, 20, "p2pscope to be ready")
        self.gateway.connect()
        self.counted = self.count()
        return self

    def __exit__(self, *_):
        self.gateway.procs.stop(self.proc)

    def ready(self):
        if self.proc.poll() is not None:
            raise RuntimeError(self.gateway.procs.log(self.proc).strip())
        try:
            return self.gateway.ns["gw"].http_get(f"http://{LISTEN}/healthz")[0] == 200
        except OSError:
            return False

    def metrics(self, name):
        """{labels: value}; labels as a tuple of their values."""
        text = self.gateway.ns["gw"].http_get(f"http://{LISTEN}/metrics")[1]
        samples = re.findall(rf"^{name}(?:{{(.*)}})? (\d+)$", text, re.M)
        return {tuple(re.findall(r'"([^"]*)"', labels)): int(value) for labels, value in samples}

    def count(self):
        return self.metrics("p2pscope_packets_total")

    def hook(self):
        return "/".join(sorted({hook[2] for hook in self.metrics("p2pscope_interface_info")}))

    def saw(self, kind, turn):
        before, self.counted = self.counted, self.count()
        if kind not in PORTS:
            return
        # The peer may be late to take in what was sent.
        for point, least in (("lan0", "in"), turn.arrived), (("wan0", "out"), turn.forwarded):
            seen = self.counted[(*point, kind)] - before[(*point, kind)]
            if not least - ARP <= seen <= turn.arrived:
                raise RuntimeError(
                    f"{' '.join(point)}: {least} packets of {kind} passed, {turn.arrived} came, "
                    f"p2pscope counted {seen}"
                )

    def lost(self):
        blind = sum(self.metrics("p2pscope_(?:events_lost|packets_skipped)_total").values())
        sessions = json.loads(run(self.program, "sessions", "--json", "--socket", self.socket))[
            "sessions"
        ]
        streams = [
            (session["stage"], stream["packets"])
            for session in sessions
            for stream in session["media"]
        ]
        if streams != [("nominated", self.counted[("lan0", "in", "rtp")])] or blind:
            raise RuntimeError(
                f"p2pscope missed {blind} packets or events, and tells of these streams: {streams}"
            )
        return 0.0
