# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Ways of blocking that are no nftables rule in a forward chain. Each takes the Lab, before anybody
calls."""

import os

from . import bad_link, nat, nfqueue
from .netns import run
from .topology import LAN_GATEWAY, ROUTER, SERVER, SIGNALLING, WAN_A, WAN_B

QUEUE = 47
LEGACY = "no UDP by iptables"
MARKED_TABLE = "100"
SMALL_MTU = 600
TCP_SEGMENT = 400  # fits the small MTU: the clients' signalling shall pass

# In 16-bit words of Ethernet, IPv4, UDP: anything but UDP and DNS is not ours (TC_ACT_UNSPEC), the
# rest is dropped (TC_ACT_SHOT).
TC_PROGRAM = (
    (0x28, 0, 0, 12),  # ldh [12]           Ethernet type
    (0x15, 0, 6, 0x0800),  # jeq IPv4           else pass
    (0x30, 0, 0, 23),  # ldb [23]           protocol
    (0x15, 0, 4, 17),  # jeq UDP            else pass
    (0xB1, 0, 0, 14),  # ldx 4*([14]&15)    length of the IPv4 header
    (0x48, 0, 0, 16),  # ldh [x + 16]       destination port
    (0x15, 1, 0, 53),  # jeq DNS            pass
    (0x06, 0, 0, 2),  # drop
    (0x06, 0, 0, 0xFFFFFFFF),  # pass
)

MARKS = """
table ip marks {
	chain prerouting {
		type filter hook prerouting priority mangle
		iifname "lan0" meta mark set 1
	}
}
"""

NETDEV = """
table netdev early {
	chain alice {
		type filter hook ingress device "gwa" priority 0
		udp dport != 53 counter drop comment "not even in"
	}
}
"""

# Untagged IPv4 without options, UDP, and a DTLS handshake record: content type 22, version 254.x.
XDP_SOURCE = """
struct context {
	unsigned int data, data_end;
};

__attribute__((section("xdp"), used)) int foreign(struct context *ctx)
{
	const unsigned char *p = (void *)(long)ctx->data;

	if (p + 44 > (unsigned char *)(long)ctx->data_end)
		return 2; /* XDP_PASS */
	return p[14] == 0x45 && p[23] == 17 && p[42] == 22 && p[43] == 254 ? 1 /* XDP_DROP */ : 2;
}
"""

SILENT = """
table inet silent {
	chain output {
		type filter hook output priority filter
		icmp type destination-unreachable drop
	}
}
"""

WRONG = """
table bridge wrong {
	chain forward {
		type filter hook forward priority filter
		iifname "alice" ether type ip ip protocol udp udp dport != 53 \\
			udp checksum set 0x0bad
	}
}
"""


def rp_filter(lab):
    """Policy routing as with two providers: what comes from the LAN is marked and finds its way by
    the mark; what bob sends
    has no mark, and without it the way to him does not begin where his packets come in."""
    gwa = lab.ns["gwa"]
    nat.load(gwa, MARKS)
    gwa.ip("rule", "add", "fwmark", "1", "lookup", MARKED_TABLE)
    gwa.ip(
        "route", "add", "default", "via", ROUTER, "dev", "wan0", "src", WAN_A, "table", MARKED_TABLE
    )
    gwa.ip("route", "add", WAN_B, "dev", "lan0", "src", LAN_GATEWAY)
    gwa.sysctl(ipv4__conf__wan0__rp_filter=1)


def no_route(lab):
    """Servers and signalling can be reached, bob cannot."""
    gwa = lab.ns["gwa"]
    gwa.ip("route", "del", "default")
    for address in (SERVER, SIGNALLING):
        gwa.ip("route", "add", address, "via", ROUTER, "dev", "wan0", "src", WAN_A)


def tc_program(dev, side, machine="gwa"):
    """As classic BPF, which needs no compiler; of the other filters and actions a kernel may have
    none."""
    code = ",".join(
        [str(len(TC_PROGRAM))] + [" ".join(map(str, instruction)) for instruction in TC_PROGRAM]
    )

    def block(lab):
        ns = lab.ns[machine]
        ns.run("tc", "qdisc", "add", "dev", dev, "clsact")
        ns.run("tc", "filter", "add", "dev", dev, side, "bpf", "bytecode", code, "direct-action")

    return block


def queue(machine="gwa", inside="lan0", program=()):
    """By iptables-nft, whose NFQUEUE works also on kernels where nft has no queue; nft lists it as
    its own, without a comment. inside: only what comes in there; program: another one than
    lab/nfqueue.py, and its arguments."""

    def block(lab):
        nfqueue.start(lab, machine, QUEUE, *program)
        lab.ns[machine].run(
            "iptables-nft",
            "-A",
            "FORWARD",
            *(("-i", inside) if inside else ()),
            "-p",
            "udp",
            "-j",
            "NFQUEUE",
            "--queue-num",
            str(QUEUE),
        )

    return block


PASSING = (bad_link.__file__, 0, 0, 0)  # a program behind a queue that lets everything pass


def no_route_beyond(lab):
    """The router has no route to bob for packets from alice, and sends ICMP unreachable."""
    lab.ns["inet"].ip("rule", "add", "iif", "gwa", "to", WAN_B, "unreachable")


def netdev_beyond(lab):
    nat.load(lab.ns["inet"], NETDEV)


def foreign_xdp(lab):
    """Somebody else's XDP program in the driver of wan0, which lets no DTLS in: nobody sees what it
    drops."""
    source, program = (os.path.join(lab.dir, "foreign." + suffix) for suffix in "co")
    with open(source, "w", encoding="ascii") as f:
        f.write(XDP_SOURCE)
    run("clang-14", "-O2", "-g", "-target", "bpf", "-c", source, "-o", program)
    lab.ns["gwa"].ip("link", "set", "dev", "wan0", "xdpdrv", "obj", program, "sec", "xdp")


def legacy(lab):
    gwa = lab.ns["gwa"]
    gwa.run("iptables-legacy", "-A", "FORWARD", "-p", "tcp", "-j", "ACCEPT")
    gwa.run(
        "iptables-legacy",
        "-A",
        "FORWARD",
        "-i",
        "lan0",
        "-p",
        "udp",
        "-m",
        "multiport",
        "!",
        "--dports",
        "53",
        "-m",
        "comment",
        "--comment",
        LEGACY,
        "-j",
        "DROP",
    )


def wrong_checksums(lab):
    """The switch breaks the checksums of alice's UDP; they are there to be broken as her own device
    does not add them up later."""
    lab.ns["alice"].run("ethtool", "-K", "eth0", "tx", "off")
    nat.load(lab.ns["switch"], WRONG)


def small_mtu(lab):
    """The link to gateway B takes small packets only, and no ICMP reports it."""
    inet = lab.ns["inet"]
    inet.ip("link", "set", "gwb", "mtu", str(SMALL_MTU))
    nat.load(inet, SILENT)
