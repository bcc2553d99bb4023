# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A gateway's own word on its mappings: conntrack's entries and its events."""

import re

FLOW = re.compile(
    r"(tcp|udp)\s.*?src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+).*?src=(\S+) dst=(\S+) sport=(\d+)"
    r" dport=(\d+)"
)
EVENT = re.compile(r"\[(\d+\.\d+)\s*\]\s+\[(NEW|UPDATE|DESTROY)\]\s+(.*)")


class Conntrack:
    """Gateway A's events, from the start of the scenario on."""

    def __init__(self, lab):
        self.lab = lab
        argv = ["stdbuf", "-oL", "conntrack", "-E", "-b", "33554432", "-o", "timestamp,id"]
        self.proc = lab.procs.start(lab.ns["gwa"], argv, "conntrack")

    def log(self):
        return self.lab.procs.log(self.proc)

    def mappings(self):
        return parse(self.log())

    def ends(self):
        return ends(self.log())


def mappings_of(line):
    """[(proto, inside, outside, remote)] of an entry: one, or none for other lines, or two if the
    packet turned around.

    An entry that was made from outside (DNAT) tells them too: what was asked for is the outside,
    who answers the inside.
    """
    m = FLOW.search(line)
    if not m:
        return []
    proto, *rest = m.groups()
    asker, asked, answerer, seen = (
        endpoint(rest[a], rest[p]) for a, p in ((0, 2), (1, 3), (4, 6), (5, 7))
    )
    made_inside = [(proto, asker, seen, asked)]
    made_outside = [(proto, answerer, asked, seen)]
    if answerer == asked:
        return made_inside
    return made_outside + (made_inside if asker != seen else [])


def endpoint(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def parse(log):
    """[(proto, inside, outside, remote)], one for each flow that was seen."""
    return sorted({mapping for line in log.splitlines() for mapping in mappings_of(line)})


def ends(log):
    """{(proto, inside, outside, remote): when it left the table}, the last time if it came back."""
    found = {}
    for line in log.splitlines():
        m = EVENT.match(line.strip())
        if m and m[2] == "DESTROY":
            found.update({mapping: float(m[1]) for mapping in mappings_of(m[3])})
    return found


def living(ns, inside):
    """What the UDP entries say that an inside host made and that are in the table now."""
    family = "ipv6" if ":" in inside else "ipv4"
    return set(
        parse(ns.run("conntrack", "-L", "-f", family, "-p", "udp", "-s", inside, "-o", "extended"))
    )


def limit():
    """How many entries a namespace may have: one number for the whole machine, which is left as it
    is."""
    with open("/proc/sys/net/netfilter/nf_conntrack_max", encoding="ascii") as f:
        return int(f.read())


def delete(ns, inside):
    """Takes all entries of one inside endpoint out of the table; returns how many."""
    address, port = inside.rsplit(":", 1)
    out = ns.run(
        "conntrack", "-D", "-p", "udp", "-s", address, "--orig-port-src", port, check=False
    )
    return len(parse(out))
