# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The scenarios on blocked sessions: by gateway A, in every way that packets can be blocked there;
by the router beyond."""

import steps_blocks as steps
from expect import (
    DIRECT,
    LOST,
    NO_CLIENTS,
    NO_DTLS,
    NO_ICE,
    RELAYED,
    Expect,
    Rule,
    blocked_here,
    blocked_upstream,
    failed,
    succeeded,
)
from lab import blocks, turn
from lab.clients import Call
from lab.observer import GATEWAY_LIVE
from lab.ruleset import POLICY
from lab.topology import WAN_B
from scenario import RANDOM, STUN, Scenario, both, both_bob_offers

# Rules for either place: gateway A, where alice's packets come in from lan0, and the router, where
# they come in from gwa.
PORTS = 'iifname "{inside}" udp dport 1024-65535 counter drop comment "no high ports"'
NO_STUN = 'iifname "{inside}" meta l4proto udp @th,96,32 0x2112a442 counter drop comment "no STUN"'
NO_STUN_AT_ALL = 'meta l4proto udp @th,96,32 0x2112a442 counter drop comment "no STUN any more"'
NO_BOB = (
    f'iifname "{{inside}}" ip daddr {{{{ 198.51.100.0/24, {WAN_B} }}}} counter drop comment "on the'
    ' list"'
)
NOT_FROM_BOB = f'oifname "{{inside}}" ip saddr {WAN_B} counter drop comment "on the list, too"'
NO_SRTP = 'meta l4proto udp @th,64,8 & 0xc0 == 0x80 counter drop comment "no SRTP"'
PROHIBITED = (
    f'iifname "{{inside}}" ip daddr {WAN_B} meta l4proto udp counter reject with icmpx'
    ' admin-prohibited comment "prohibited"'
)
NO_TURN = (
    'iifname "{inside}" tcp dport 3478 counter reject with tcp reset comment "no TURN over TCP"'
)
# The cookie behind the TCP header and the time stamps that are always there: the connection is
# made, its first bytes are too much.
NO_TURN_BYTES = (
    'iifname "{inside}" tcp dport 3478 @th,288,32 0x2112a442 counter reject with tcp reset comment'
    ' "no STUN in TCP"'
)

RATE = (
    'iifname "lan0" meta l4proto udp limit rate over 1/minute burst 1 packets counter drop comment'
    ' "at this rate"'
)
INVALID = 'ct state invalid counter drop comment "invalid to us"'
FEW_ACCEPTED = (
    "policy drop",
    "ct state established,related accept",
    "meta l4proto tcp accept",
    "udp dport 53 accept",
)
CLAMPED = f"tcp flags syn tcp option maxseg size set {blocks.TCP_SEGMENT}"

BLOCKLIST = f"""
table ip blocklist {{
	set blocked {{
		type ipv4_addr
		flags interval
		elements = {{ 198.51.100.0/24, {WAN_B}, 203.0.113.7 }}
	}}
	chain forward {{
		type filter hook forward priority filter - 5
		ip daddr @blocked counter drop comment "on the list"
	}}
}}
"""
EARLY = """
table netdev early {
	chain lan {
		type filter hook ingress device "lan0" priority 0
		udp dport != 53 counter drop comment "not even in"
	}
}
"""

PION = both("pion", servers=STUN, give_up=5)
TWO_SERVERS = both("pion", servers=[turn.STUN, turn.STUN2], give_up=5)
SETTLE = 20
RULED = range(5001, 5021)  # ports, each with a rule of its own
MANY = 50  # calls, each with a flow to the STUN server and one to bob
DTLS_SECONDS = 14  # as in scenarios.py: three retransmissions and more


def own_turn(*transports):
    """Only alice has a TURN server."""
    calls = both("pion", servers=STUN, give_up=8)
    return calls | {"alice": calls["alice"].but(servers=[turn.STUN, turn.turn_urls(*transports)])}


def at(interface, *rules):
    return tuple(rule.format(inside=interface) for rule in rules)


def by(rule=None, cause="rule", **more):
    return blocked_here(NO_ICE, rule, cause, settle=SETTLE, **more)


def beyond(cause, **more):
    return blocked_upstream(NO_ICE, cause, settle=SETTLE, **more)


def here(name, about, expect, clients=PION, **options):
    return Scenario(
        f"here-{name}", about, expect, **{"steps": steps.blocked_call, **clients, **options}
    )


def upstream(name, about, expect, rules=(), clients=TWO_SERVERS, **options):
    rules = (rules,) if isinstance(rules, str) else rules
    return Scenario(
        f"upstream-{name}",
        about,
        expect,
        router=at("gwa", *rules),
        **{"steps": steps.blocked_call, **clients, **options},
    )


def mtu(stack):
    """Bob is the DTLS client: the small datagrams of his handshake come, the large ones do not, or
    alice's do not reach him.
    Were it alice, then all that gateway A could see would be the same as where DTLS is dropped by
    payload.
    """
    return upstream(
        f"mtu-{stack}",
        (
            f"the link to gateway B takes {blocks.SMALL_MTU} bytes and says nothing, bob is the"
            " DTLS client"
        ),
        blocked_upstream(NO_DTLS, "mtu", stages=("nominated",), settle=SETTLE),
        CLAMPED,
        both(stack, servers=STUN, give_up=DTLS_SECONDS),
        before=blocks.small_mtu,
    )


HERE = [
    here(
        "ports", "gateway A drops UDP to high ports", by("no high ports"), forward=at("lan0", PORTS)
    ),
    here("stun", "gateway A drops STUN by its cookie", by("no STUN"), forward=at("lan0", NO_STUN)),
    here(
        "srtp",
        "gateway A drops SRTP by its first byte, either way",
        blocked_here(DIRECT, "no SRTP", stages=("secured",), deaf=("alice", "bob"), settle=SETTLE),
        both("pion", servers=STUN),
        forward=(NO_SRTP,),
    ),
    here(
        "stun-chromium",
        "the same, and the clients are browsers",
        by("no STUN"),
        both("chromium", servers=STUN, give_up=8),
        forward=at("lan0", NO_STUN),
    ),
    here("set", "bob's address is in a set of gateway A's", by("on the list"), tables=BLOCKLIST),
    here(
        "policy",
        "gateway A forwards TCP and DNS, the policy is drop",
        by(POLICY),
        forward=FEW_ACCEPTED,
    ),
    here(
        "reject-icmp",
        "gateway A rejects UDP to bob, admin-prohibited",
        by("prohibited"),
        forward=at("lan0", PROHIBITED),
    ),
    here(
        "reject-reset",
        "both behind random-port NAT, gateway A refuses TURN over TCP",
        by("no TURN over TCP"),
        own_turn("tcp"),
        nat=RANDOM,
        forward=at("lan0", NO_TURN),
    ),
    here(
        "reject-reset-bytes",
        "both behind random-port NAT, gateway A resets TURN over TCP at its first bytes",
        by("no STUN in TCP"),
        own_turn("tcp"),
        nat=RANDOM,
        forward=at("lan0", NO_TURN_BYTES),
    ),
    here(
        "rate",
        "gateway A lets one UDP packet a minute pass",
        by(Rule("at this rate", may_be_unknown=True)),
        forward=(RATE,),
    ),
    here(
        "rate-live",
        "the same, and p2pscope may trace flows in the running ruleset",
        by("at this rate"),
        forward=(RATE,),
        observed=GATEWAY_LIVE,
        steps=steps.call_with_ruleset_kept,
        post_check=steps.untouched,
    ),
    here(
        "netdev",
        "gateway A drops UDP but DNS in an ingress chain of lan0",
        by("not even in"),
        tables=EARLY,
    ),
    here(
        "queue",
        "a program behind an NFQUEUE drops STUN",
        by(
            f"queue num {blocks.QUEUE}",
            "queue",
            says=("NFQUEUE", f"dropped by the program behind queue {blocks.QUEUE}"),
        ),
        before=blocks.queue(),
        tools=("iptables-nft",),
    ),
    here(
        "legacy",
        "gateway A drops UDP but DNS by iptables-legacy",
        by(blocks.LEGACY),
        before=blocks.legacy,
        tools=("iptables-legacy", "iptables-nft-restore"),
    ),
    here(
        "invalid",
        "alice's UDP comes with wrong checksums, gateway A drops what is invalid to conntrack",
        by("invalid to us"),
        before=blocks.wrong_checksums,
        forward=(INVALID,),
        tools=("ethtool",),
    ),
    here(
        "rpfilter",
        "the way back to bob is not where his packets come in, rp_filter is on",
        by(cause="rpfilter"),
        before=blocks.rp_filter,
    ),
    here(
        "tc",
        "a tc filter where packets come in at lan0 drops UDP but DNS",
        by(cause="tc"),
        before=blocks.tc_program("lan0", "ingress"),
        tools=("tc",),
    ),
    here(
        "tc-behind",
        "a tc filter at wan0, behind p2pscope's own, drops UDP but DNS",
        by(cause="tc"),
        before=blocks.tc_program("wan0", "egress"),
        tools=("tc",),
    ),
    here("no-route", "gateway A has no route to bob", by(cause="no-route"), before=blocks.no_route),
    Scenario(
        "rules-named-in-time",
        "a packet for each of twenty rules: how long until it has a name",
        # requests to servers, all of which are dropped: a gathering that is blocked
        blocked_here(NO_CLIENTS, f"no {RULED[0]}", stages=("gathering",)),
        forward=tuple(f'udp dport {port} counter drop comment "no {port}"' for port in RULED),
        steps=steps.rule_by_rule(RULED),
        needs_observer=True,
    ),
    Scenario(
        "ruleset-untouched",
        (
            "a hundred flows blocked at once; the ruleset stays as it is, nothing is left after"
            " kill -9"
        ),
        by("no STUN", sessions=MANY),
        forward=at("lan0", NO_STUN),
        steps=steps.call_with_ruleset_kept,
        post_check=steps.untouched,
        **both("pion", servers=STUN, count=MANY, media="data", give_up=5),
    ),
]

UPSTREAM = [
    upstream(
        "ports-turn-tcp",
        "the router drops alice's UDP to high ports, TURN over TCP there",
        succeeded(RELAYED, "tcp", degraded="udp-blocked"),
        PORTS,
        own_turn("udp", "tcp"),
    ),
    upstream(
        "srtp",
        "the router drops the SRTP that goes to alice",
        blocked_upstream(
            DIRECT, "media-filtered", stages=("secured",), deaf=("alice",), settle=SETTLE
        ),
        'oifname "gwa" ' + NO_SRTP,
        both("pion", servers=STUN, hold=12),
    ),
    mtu("pion"),
    mtu("chromium"),
    upstream(
        "ports",
        "the router drops alice's UDP to high ports, only signalling uses TCP",
        beyond("udp-blocked", says=("TCP is",)),
        PORTS,
    ),
    upstream(
        "ports-one-server",
        "the same, and one STUN server: it and bob may both be away",
        failed(NO_ICE, "no-answer", settle=SETTLE, says=("the one STUN server",)),
        PORTS,
        PION,
    ),
    upstream(
        "stun",
        "the router drops alice's STUN by its cookie, not QUIC from the same port",
        beyond("stun-filtered"),
        NO_STUN,
        steps=steps.call_beside_quic,
    ),
    upstream(
        "stun-later",
        "the router drops STUN by its cookie in mid-call, media goes on",
        blocked_upstream(LOST, "stun-filtered", settle=SETTLE),
        clients=both("aiortc", servers=STUN, hold=45),
        steps=steps.router_later(NO_STUN_AT_ALL),
    ),
    upstream(
        "set",
        "bob's address is in a set of the router's, either way: as if he were away",
        failed(NO_ICE, "no-answer", settle=SETTLE),
        (NO_BOB, NOT_FROM_BOB),
        PION,
    ),
    upstream(
        "policy",
        "the router forwards nothing of alice's but TCP and DNS, the policy is drop",
        beyond("udp-blocked"),
        (FEW_ACCEPTED[0], 'iifname != "{inside}" accept', *FEW_ACCEPTED[1:]),
    ),
    upstream(
        "reject-icmp",
        "the router rejects UDP to bob, admin-prohibited",
        beyond("icmp-prohibited"),
        PROHIBITED,
        PION,
    ),
    upstream(
        "no-route",
        "the router has no route to bob for alice",
        beyond("icmp-unreachable"),
        clients=PION,
        before=blocks.no_route_beyond,
    ),
    upstream(
        "netdev",
        "the router drops UDP but DNS in an ingress chain",
        beyond("udp-blocked"),
        before=blocks.netdev_beyond,
    ),
    upstream(
        "tc",
        "a tc filter of the router's drops UDP but DNS",
        beyond("udp-blocked"),
        before=blocks.tc_program("gwa", "ingress", "inet"),
        tools=("tc",),
    ),
    upstream(
        "queue",
        "a program behind an NFQUEUE of the router's drops STUN, and not QUIC from the same port",
        beyond("stun-filtered"),
        before=blocks.queue("inet", "gwa"),
        tools=("iptables-nft",),
        steps=steps.call_beside_quic,
    ),
    upstream(
        "reject-reset",
        "both behind random-port NAT, the router refuses TURN over TCP",
        beyond("tcp-reset"),
        NO_TURN,
        own_turn("tcp"),
        nat=RANDOM,
    ),
    upstream(
        "reject-reset-bytes",
        "both behind random-port NAT, the router resets TURN over TCP at its first bytes",
        beyond("tcp-reset"),
        NO_TURN_BYTES,
        own_turn("tcp"),
        nat=RANDOM,
    ),
]

CONTROL = [
    Scenario(
        "foreign-xdp",
        (
            "an XDP program of somebody else at wan0 drops the DTLS that comes in: nobody further"
            " out is blamed"
        ),
        Expect(
            NO_DTLS,
            "unknown",
            stages=("nominated",),
            says=("an XDP program that is not ours is attached to wan0",),
            settle=SETTLE,
        ),
        before=blocks.foreign_xdp,
        tools=("clang-14",),
        **both_bob_offers("pion", servers=STUN, give_up=DTLS_SECONDS),
    ),
    Scenario(
        "one-way-by-choice",
        "alice sends, bob only listens; data both ways: nothing is blocked",
        succeeded(DIRECT),
        **(
            both("pion", servers=STUN)
            | {"bob": Call("pion", "answerer", servers=STUN, media="data")}
        ),
    ),
]

SCENARIOS = HERE + UPSTREAM + CONTROL
