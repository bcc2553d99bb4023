# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What is changed on gateway A while a call goes on, and how it is taken back. Each rule has a
counter, and a comment by which it is found."""

from dataclasses import dataclass

from . import blocks, nat, ruleset
from .topology import WAN_B

CUT, BANNED, LIMITED, PASSES = "RTP is cut", "on the ban list", "too much RTP", "it passes"
NO_CHECKS = "no STUN any more"
VP8 = 96  # the payload type that the clients have for it
SIDES = {"out": "ip daddr", "in": "ip saddr"}

# As fail2ban has it: a set, and a chain for what is in it.
BANS = f"""
table inet bans {{
	set banned {{
		type ipv4_addr
	}}
	chain refused {{
		counter drop comment "{BANNED}"
	}}
	chain forward {{
		type filter hook forward priority filter - 10
		ip saddr @banned jump refused
		ip daddr @banned jump refused
	}}
}}
"""


@dataclass(frozen=True)
class Change:
    words: str
    do: object  # takes the Lab
    undo: object = None  # the same, for what can be taken back
    comment: str = None  # of the rule that drops from then on, or words of it


def ban(address):
    def element(verb):
        words = (verb, "element", "inet", "bans", "banned", f"{{ {address} }}")
        return lambda lab: lab.ns["gwa"].run("nft", *words)

    return Change(f"{address} is banned", element("add"), element("delete"), BANNED)


def rtp_of(direction, peer=WAN_B):
    return f"{SIDES[direction]} {peer} {nat.RTP}"


def rule(comment, words):
    """A rule at the head of the forward chain."""

    def do(lab):
        words_of_it = f'{words} comment "{comment}"'
        lab.ns["gwa"].run("nft", "insert", "rule", "inet", "filter", "forward", words_of_it)

    def undo(lab):
        found = ruleset.find(lab.ns["gwa"], comment)
        place = [found[key] for key in ("family", "table", "chain")]
        lab.ns["gwa"].run("nft", "delete", "rule", *place, "handle", str(found["handle"]))

    return Change(comment, do, undo, comment)


def cut(direction, peer=WAN_B):
    return rule(CUT, f"{rtp_of(direction, peer)} counter drop")


def cut_video(direction, peer=WAN_B):
    """Whether a packet is the last one of a frame is in the byte of its payload type, too."""
    return rule(CUT, f"{rtp_of(direction, peer)} @th,72,8 & 0x7f == {VP8} counter drop")


def limit(direction, packets_a_second):
    rate = f"limit rate over {packets_a_second}/second burst 5 packets"
    return rule(LIMITED, f"{rtp_of(direction)} {rate} counter drop")


def passes(words):
    """A rule that only counts, behind those above."""
    return f'{words} counter comment "{PASSES}"'


def tbf(dev, rate):
    words = f"qdisc add dev {dev} root tbf rate {rate} burst 2kb latency 30ms".split()
    return Change(f"tbf at {dev}", lambda lab: lab.ns["gwa"].run("tc", *words))


def flush_conntrack(lab):
    lab.ns["gwa"].run("conntrack", "-F")


def end_queue_program(lab):
    proc = next(p for p in lab.procs.running if p.name == "nfqueue")
    proc.kill()
    proc.wait()


CHECKS_CUT = rule(NO_CHECKS, "meta l4proto udp @th,96,32 0x2112a442 counter drop")
FLUSH = Change("conntrack -F", flush_conntrack)
QUEUE_ENDS = Change(
    "the program behind the queue ends", end_queue_program, comment=f"queue num {blocks.QUEUE}"
)
RP_FILTER = Change("another route to bob, and rp_filter", blocks.rp_filter)
FAILOVER = Change("the default route is that of wan1", lambda lab: lab.topology.use_uplink2())
NEW_ADDRESS = Change("wan0 has another address", lambda lab: lab.topology.move_wan_a())
