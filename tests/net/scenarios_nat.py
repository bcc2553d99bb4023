# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The scenarios on NATs: what they are like, and the mappings they make."""

import post_checks_nat as post_checks
import steps_nat as steps
from expect import AD, APD, DIRECT, EI, NO_CLIENTS, Expect, Nat, succeeded
from lab import turn
from lab.observer import TAP
from lab.topology import NAT64_POOL, OUTSIDE6_PREFIX, Net
from scenario import STUN, Scenario, both

STUN_BOTH = [turn.STUN, turn.STUN2]
CALLS = 4
# A browser asks all servers from one socket; two of them at one address tell what a NAT further out
# depends on. Where checks from outside may come in first, the servers alone tell the mapping: what
# goes back on a way that began outside is no new one.
ONE_SOCKET = both(
    "chromium", servers=[*STUN_BOTH, turn.STUN_ALTERNATE], media="audio,data", count=CALLS, hold=5
)
NO_SESSION = Expect(NO_CLIENTS, sessions=0, settle=3)


def kind(name, about, measured, gateways, **options):
    """Some calls at once, with two STUN servers: each socket of alice's has more than one remote,
    and bob more than one."""
    options = {
        "post_check": post_checks.behaviour,
        **both("pion", servers=STUN_BOTH, media="audio,data", count=CALLS, hold=5),
        **options,
    }
    return Scenario(
        f"nat-{name}",
        about,
        succeeded(DIRECT, sessions=CALLS),
        nat=gateways,
        measured=measured,
        **options,
    )


def calls(**options):
    return both("pion", servers=STUN, **options)


SCENARIOS = [
    kind(
        "masquerade",
        "nftables' masquerade, which keeps ports",
        Nat(EI, APD, must=("mapping",)),
        ("portpres", "portpres"),
    ),
    kind(
        "random",
        "a random port for each destination",
        Nat(APD, APD, must=("mapping",)),
        ("random", "addr-restricted"),
    ),
    kind(
        "fullcone",
        "all that comes in goes to alice",
        Nat(EI, EI, must=("mapping",)),
        ("fullcone", "portpres"),
        **ONE_SOCKET,
    ),
    kind(
        "addr-restricted",
        "addresses that alice sent to may come in",
        Nat(EI, AD),
        ("addr-restricted", "portpres"),
    ),
    kind(
        "port-restricted",
        "endpoints that alice sent to may come in",
        Nat(EI, APD),
        ("port-restricted", "portpres"),
    ),
    kind(
        "one-to-one-hairpin",
        (
            "alice has the outside address for herself, also when asked from inside: a call to bob,"
            " one to carol"
        ),
        Nat(EI, EI, "yes"),
        ("one-to-one-hairpin", "portpres"),
        steps=steps.call_carol_too,
        post_check=post_checks.behaviour_and_hairpin,
    ),
    kind(
        "double",
        "gateway A's outside address is private, a NAT further out masquerades",
        Nat(EI, APD, upstream="double-nat"),
        ("portpres", "portpres"),
        net=Net(upstream="double"),
    ),
    kind(
        "cgn",
        "gateway A is behind a carrier's NAT with random ports",
        Nat(APD, APD, upstream="carrier-grade", must=("mapping",)),
        ("portpres", "addr-restricted"),
        **ONE_SOCKET,
        net=Net(upstream="cgn"),
    ),
    Scenario(
        "well-known",
        "one socket, 192.168.0.1:7000, which is 5.0.0.1:7000 outside",
        succeeded(DIRECT),
        net=Net(alice="192.168.0.1", lan_gateway="192.168.0.254"),
        post_check=post_checks.well_known,
        alice=both("aiortc", servers=STUN, media="audio", port=7000)["alice"],
        bob=both("aiortc", servers=STUN, media="audio")["bob"],
    ),
    Scenario(
        "stateless-mappings",
        "addresses are replaced packet by packet, no conntrack",
        succeeded(DIRECT),
        post_check=post_checks.stateless,
        nat=("stateless", "portpres"),
        steps=steps.call_without_conntrack,
        **calls(),
    ),
    Scenario(
        "bridge-mappings",
        "p2pscope bridges the frames on both sides of the NAT box",
        succeeded(DIRECT),
        post_check=post_checks.as_beside,
        net=Net(bridge=True),
        observed=TAP,
        **calls(),
    ),
    Scenario(
        "nat66-pion",
        "IPv6 with masquerade",
        succeeded(DIRECT, family="ipv6"),
        net=Net(ipv6=True, lan_a6=None),
        nat=("nat66", "portpres"),
        post_check=post_checks.as_conntrack,
        **both("pion", ipv6=True),
    ),
    Scenario(
        "npt-pion",
        "IPv6, one prefix for another",
        succeeded(DIRECT, family="ipv6"),
        net=Net(ipv6=True, lan_a6=OUTSIDE6_PREFIX),
        nat=("npt", "portpres"),
        post_check=post_checks.as_conntrack,
        **both("pion", ipv6=True),
    ),
    Scenario(
        "nat64",
        "a host without IPv4 asks the STUN server through TAYGA",
        NO_SESSION,
        net=Net(ipv6=True, pool=NAT64_POOL),
        nat=("lan-only", "portpres"),
        steps=steps.nat64_asks,
        post_check=post_checks.on_the_wire,
    ),
    Scenario(
        "port-forward",
        "somebody outside asks the forwarded port first",
        NO_SESSION,
        nat=("forward", "portpres"),
        steps=steps.ask_the_forwarded_port,
        post_check=post_checks.forwarded,
    ),
    Scenario(
        "mappings-equal-conntrack",
        "twenty calls at once: mappings live and end as conntrack's entries do",
        succeeded(DIRECT, sessions=20),
        steps=steps.call_with_conntrack,
        post_check=post_checks.all_ended("timeout"),
        **both("pion", servers=STUN_BOTH, media="audio,data", count=20, hold=120),
    ),
    Scenario(
        "mapping-deleted",
        "conntrack -D of a mapping after the call",
        succeeded(DIRECT),
        steps=steps.delete_after_call,
        post_check=post_checks.deleted,
        **calls(),
    ),
    Scenario(
        "turn-close",
        "a TURN allocation is closed, its mapping runs out",
        NO_SESSION,
        steps=steps.turn_close,
        post_check=post_checks.all_ended("turn-close"),
    ),
    Scenario(
        "early-drop",
        "conntrack is full, and makes room for others",
        NO_SESSION,
        nat=("lan-only", "portpres"),
        steps=steps.crowd_out,
        post_check=post_checks.crowded_out,
    ),
    Scenario(
        "flood-mappings",
        "1,000,000 made-up STUN requests while a session lasts",
        succeeded(DIRECT, settle=20, share_seen=0.5),
        steps=steps.flood_during_session,
        **calls(hold=300),
    ),
]
