# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A gateway with NAT between a host and its peer, each in a network namespace; UDP and TCP through
it, and what that costs."""

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))

from lab import stun  # noqa: E402
from lab.core import undisturbed  # noqa: E402
from lab.netns import Netns, run  # noqa: E402
from lab.procs import Procs, wait_for  # noqa: E402

PREFIX = "p2pbench"
HOST, LAN, WAN, PEER = "192.168.0.10", "192.168.0.1", "5.0.0.1", "5.0.0.2"
LINKS = {"host": ("lan0", LAN, HOST), "peer": ("wan0", WAN, PEER)}
UDP_SECONDS, TCP_SECONDS = 0.6, 1
PORTS = {"rtp": (40000, 50000), "other": (40001, 50001)}
# Of the datagrams that the peer takes away as early as it can; the checks before them are smaller.
SMALLEST = 64
OUTER_CPU, GATEWAY_CPU = 0, 1

GATEWAY = """
table inet filter {
	chain input {
		type filter hook input priority filter
		iifname "wan0" ct state != { established, related } drop
	}
	chain forward {
		type filter hook forward priority filter; policy drop
		ct state { established, related } accept
		iifname "lan0" accept
	}
}
table ip nat {
	chain out {
		type nat hook postrouting priority srcnat
		oifname "wan0" masquerade
	}
}
"""
# In classic BPF behind Ethernet and IPv4: UDP of this size is taken (TC_ACT_STOLEN), which the
# kernel reports to nobody as a drop.
SINK = (
    (0x30, 0, 0, 23),  # ldb [23]  protocol
    (0x15, 0, 3, 17),  # jeq UDP   else pass
    (0x80, 0, 0, 0),  # ld len
    (0x35, 0, 1, 14 + 20 + 8 + SMALLEST),  # jge       else pass
    (0x06, 0, 0, 4),  # take
    (0x06, 0, 0, 0xFFFFFFFF),  # pass
)

# Of one turn: packets forwarded (TCP: KiB received) a second; what each cost in ns of processor;
# what came to the gateway and to the peer, in packets; bytes a packet at the peer, where TCP's are
# as large as GRO and GSO let them be.
Turn = namedtuple("Turn", "rate cost arrived forwarded length")


class Gateway:
    """Use with `with`: leaving the block takes everything away."""

    def __init__(self, build):
        self.sender = os.path.join(build, "tests", "bench", "udp_sender")

    def __enter__(self):
        self.ns, self.threads = {}, []
        self.dir = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
        os.chmod(self.dir, 0o1777)  # the daemon and tcpdump become users of their own
        self.procs = Procs(self.dir)
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    def up(self):
        for name in ("gw", *LINKS):
            self.ns[name] = Netns(f"{PREFIX}{os.getpid()}", name)
            self.ns[name].sysctl(
                ipv6__conf__all__disable_ipv6=1
            )  # nothing but what is sent here shall be counted
        for end, (device, inner, outer) in LINKS.items():
            self.link(end, device, inner, outer)
        self.ns["gw"].ip("route", "add", "default", "via", PEER)
        self.ns["host"].ip("route", "add", "default", "via", LAN)
        self.ns["gw"].sysctl(ipv4__ip_forward=1)
        self.ns["gw"].run("nft", "-f", "-", stdin=GATEWAY)
        self.ns["peer"].run("tc", "qdisc", "add", "dev", "eth0", "clsact")
        code = ",".join(
            [str(len(SINK))] + [" ".join(map(str, instruction)) for instruction in SINK]
        )
        self.ns["peer"].run(
            "tc",
            "filter",
            "add",
            "dev",
            "eth0",
            "ingress",
            "bpf",
            "bytecode",
            code,
            "direct-action",
        )
        # What the sender's kernel cuts is cut before the gateway.
        self.ns["host"].run("ethtool", "-K", "eth0", "tx-udp-segmentation", "off")
        self.iperf = self.procs.start(
            self.ns["peer"],
            ["taskset", "-c", str(GATEWAY_CPU), "iperf3", "-s", "--forceflush"],
            "iperf3",
        )
        wait_for(lambda: "listening" in self.procs.log(self.iperf), 5, "the iperf3 server")

    def link(self, end, device, inner, outer):
        gateway, other = self.ns["gw"], self.ns[end]
        gateway.ip(
            "link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", other.full
        )
        for ns, name, address in ((gateway, device, inner), (other, "eth0", outer)):
            ns.ip("addr", "add", address + "/24", "dev", name)
            ns.ip("link", "set", name, "up")
        gateway.run("ethtool", "-K", device, "gro", "on")
        self.threads.append(thread_of(gateway, device, GATEWAY_CPU))
        if end == "host":
            other.run("ethtool", "-K", "eth0", "gro", "on")
            thread_of(other, "eth0", OUTER_CPU)
        # The peer's end is as veth has it, without NAPI. To wake a thread on another processor
        # costs, in a virtual machine, as much as to forward a packet; and a slower gateway must do
        # it for each packet, as the thread has fallen asleep since the one before.

    def down(self):
        with undisturbed():
            self.procs.stop_all()
            for ns in self.ns.values():
                ns.remove()
            shutil.rmtree(self.dir, ignore_errors=True)

    def connect(self):
        """Host and peer check each other as ICE does: a session, and a mapping that is assured."""
        port, to = PORTS["rtp"]
        with self.udp("host", HOST, port) as host, self.udp("peer", PEER, to) as peer:
            check(host, (PEER, to), peer, b"peer:host", True)
            check(peer, (WAN, port), host, b"host:peer", False)

    def udp(self, name, address, port):
        s = self.ns[name].call(socket.socket, socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((address, port))
        s.settimeout(2)
        return s

    def segments(self, large):
        """Whether veth sends TCP's large segments as they are, which is its default; it takes them
        past NAPI.

        What the host's kernel cuts, instead, lies in one piece, as drivers give what comes from a
        wire, and not in pages.
        """
        state = "on" if large else "off"
        self.ns["host"].run("ethtool", "-K", "eth0", "sg", state)
        for name, device in (("host", "eth0"), ("gw", "lan0"), ("gw", "wan0"), ("peer", "eth0")):
            self.ns[name].run("ethtool", "-K", device, "tso", state)

    def turn(self, kind, size, beside=None):
        """One turn; `beside` is a process whose session's processor time counts, too."""
        self.segments(kind == "tcp")
        before = self.counters(beside, kind)
        amount, seconds, spent = self.iperf3() if kind == "tcp" else self.datagrams(kind, size)
        after = self.counters(beside, kind)
        spent += after[0] - before[0]
        (arrived, _), (forwarded, length) = (
            (a - b for a, b in zip(*pair)) for pair in zip(after[1:], before[1:])
        )
        amount = amount or arrived  # the gateway drops none; the peer may
        return Turn(amount / seconds, spent / amount, arrived, forwarded, length / forwarded)

    def counters(self, beside, kind):
        """Nanoseconds of processor so far, and (packets, bytes) that gateway and peer received."""
        spent = sum(spent_by(pid) for pid in self.threads) + (
            session_spent(beside.pid) if beside else 0
        )
        if kind == "tcp":
            spent += session_spent(self.iperf.pid)
        return spent, self.received("gw", "lan0"), self.received("peer", "eth0")

    def received(self, name, device):
        rx = self.statistics(name, device)["rx"]
        return rx["packets"], rx["bytes"]

    def passed(self, device):
        """Packets, both ways."""
        return sum(way["packets"] for way in self.statistics("gw", device).values())

    def statistics(self, name, device):
        return json.loads(self.ns[name].ip("-j", "-s", "link", "show", "dev", device))[0]["stats64"]

    def datagrams(self, kind, size):
        port, to = PORTS[kind]
        # It waits most of the time, and must never be waited for.
        out, _ = self.from_host(
            "nice", "-n", "-20", self.sender, kind, port, PEER, to, size, UDP_SECONDS
        )
        return 0, float(out.split()[1]), 0

    def iperf3(self):
        out, spent = self.from_host("iperf3", "-J", "-c", PEER, "-t", TCP_SECONDS)
        received = json.loads(out)["end"]["sum_received"]
        return received["bytes"] / 1024, received["seconds"], spent

    def from_host(self, *argv):
        """What a program there printed, and its processor time, which has that of the interrupts in
        it."""
        argv = self.ns["host"].argv("taskset", "-c", str(OUTER_CPU), *map(str, argv))
        proc = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        out = proc.stdout.read()
        proc.stdout.close()
        _, status, used = os.wait4(proc.pid, 0)
        proc.returncode = os.waitstatus_to_exitcode(status)
        if status:
            raise RuntimeError(f"{' '.join(argv)}: ended with status {proc.returncode}")
        return out, (used.ru_utime + used.ru_stime) * 1e9


def check(asker, to, answerer, username, controlling):
    """A connectivity check (RFC 8445 section 7.1) and its answer: USERNAME, PRIORITY, the role,
    USE-CANDIDATE."""
    body = (
        struct.pack(">HH", 0x0006, len(username))
        + username
        + bytes(-len(username) % 4)
        + struct.pack(">HHL", 0x0024, 4, 0x6EFF1EFF)
    )
    body += (
        struct.pack(">HHQHH", 0x802A, 8, 1, 0x0025, 0)
        if controlling
        else struct.pack(">HHQ", 0x8029, 8, 1)
    )
    header = stun.request()
    asker.sendto(header[:2] + struct.pack(">H", len(body)) + header[4:] + body, to)
    asked, peer = answerer.recvfrom(2048)
    answerer.sendto(stun.answer(asked, peer), peer)
    asker.recv(2048)


def thread_of(ns, device, cpu):
    """Moves the NAPI of a device to a thread on one processor, which precedes all processes as a
    soft interrupt does. Returns its pid.

    So the kernel itself counts what it costs to forward.
    """
    name = f"napi/{device}-"
    before = kernel_threads(name)
    run("ip", "netns", "exec", ns.full, "sh", "-c", f"echo 1 > /sys/class/net/{device}/threaded")
    (pid,) = wait_for(lambda: kernel_threads(name) - before, 2, f"the thread of {device}")
    os.sched_setaffinity(pid, {cpu})
    os.setpriority(os.PRIO_PROCESS, pid, -20)
    return pid


def kernel_threads(name):
    return {pid for pid in pids() if read(f"/proc/{pid}/comm").startswith(name)}


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def read(path):
    """Nothing, of a process that is over."""
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def spent_by(task):
    """Nanoseconds."""
    return int((read(f"/proc/{task}/schedstat") or "0").split()[0])


def session_spent(leader):
    """Nanoseconds of all threads of all processes of a session (setsid(2))."""
    members = [
        pid
        for pid in pids()
        if (read(f"/proc/{pid}/stat").rpartition(") ")[2].split() or [0] * 4)[3] == str(leader)
    ]
    return sum(spent_by(f"{pid}/task/{task}") for pid in members for task in tasks(pid))


def tasks(pid):
    try:
        return os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return []
