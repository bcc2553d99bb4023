# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The scenarios: who is behind what, which rules there are, and what must come out."""

import post_checks_media
import steps
import scenarios_audit
import scenarios_blocks
import scenarios_midcall
import scenarios_nat
import scenarios_sfu
import scenarios_errors
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
from lab import bad_link, nat, turn
from lab.clients import Call
from lab.observer import HOST
from lab.topology import Net
from scenario import RANDOM, STUN, TURN_UDP, Scenario, both, both_bob_offers

TURN_BOTH = [turn.STUN, turn.turn_urls("udp", "tcp")]
TURN_WRONG = [turn.STUN, turn.turn_urls("udp", password="wrong")]
NO_UDP, NO_DTLS_RULE = Rule("no UDP but DNS"), Rule("no DTLS")
DTLS_SECONDS = 14  # to watch a handshake that cannot be: three retransmissions and more


def direct(stack):
    return Scenario(
        f"direct-{stack}",
        "both behind port-preserving NAT: hole punching",
        succeeded(DIRECT, connected_within=0.1),
        **both(stack, servers=STUN),
    )


def relayed(stack):
    return Scenario(
        f"relayed-udp-{stack}",
        "both behind random-port NAT, TURN there",
        succeeded(RELAYED),
        nat=RANDOM,
        **both(stack, servers=TURN_UDP),
    )


def relayed_own(stack):
    calls = both(stack, servers=TURN_UDP)
    calls["alice"] = calls["alice"].but(policy="relay")
    return Scenario(
        f"relayed-own-{stack}",
        "alice uses nothing but her own relay: media inside TURN",
        succeeded(RELAYED),
        nat=RANDOM,
        **calls,
    )


def incompatible(stack):
    return Scenario(
        f"nat-incompatible-{stack}",
        "both behind random-port NAT, no TURN",
        failed(NO_ICE, "nat-incompatible", settle=30),
        nat=RANDOM,
        **both(stack, servers=STUN),
    )


def turn_tcp(stack):
    return Scenario(
        f"relayed-tcp-{stack}",
        "gateway A drops all UDP but DNS, TURN over TCP there",
        succeeded(RELAYED, "tcp", degraded="rule", rule=NO_UDP),
        forward=(nat.DROP_UDP_BUT_DNS,),
        **both(stack, servers=TURN_BOTH),
    )


def udp_blocked(stack):
    return Scenario(
        f"udp-dropped-here-{stack}",
        "gateway A drops all UDP but DNS, no TURN over TCP",
        blocked_here(NO_ICE, NO_UDP, settle=30),
        forward=(nat.DROP_UDP_BUT_DNS,),
        coturn={"tcp": False},
        **both(stack, servers=TURN_UDP),
    )


def dtls_here(stack, client, calls):
    return Scenario(
        f"dtls-dropped-here-{client}-client-{stack}",
        f"gateway A drops DTLS by payload, {client} is the DTLS client",
        blocked_here(NO_DTLS, NO_DTLS_RULE, stages=("nominated",), settle=20),
        forward=(nat.DROP_DTLS,),
        **calls(stack, servers=STUN, give_up=DTLS_SECONDS),
    )


def dtls_upstream(stack, client, calls):
    return Scenario(
        f"dtls-dropped-upstream-{client}-client-{stack}",
        f"the internet router drops DTLS by payload, {client} is the DTLS client",
        blocked_upstream(NO_DTLS, "dtls-filtered", stages=("nominated",), settle=20),
        router=(nat.DROP_DTLS,),
        **calls(stack, servers=STUN, give_up=DTLS_SECONDS),
    )


SCENARIOS = (
    [
        direct("chromium"),
        direct("pion"),
        direct("aiortc"),
        relayed("chromium"),
        relayed("pion"),
        relayed_own("chromium"),
        relayed_own("pion"),
        incompatible("chromium"),
        incompatible("pion"),
        turn_tcp("chromium"),
        turn_tcp("pion"),
        udp_blocked("pion"),
        dtls_here("pion", "alice", both_bob_offers),
        dtls_here("chromium", "bob", both),
        dtls_upstream("chromium", "alice", both_bob_offers),
        dtls_upstream("pion", "bob", both),
        Scenario(
            "peer-away",
            "bob's side answers by signalling and is never there",
            failed(NO_ICE, "no-answer", settle=30),
            steps=steps.call,
            alice=Call("pion", servers=STUN),
            bob=Call("absent", role="answerer"),
        ),
        Scenario(
            "turn-wrong-password",
            "both behind random-port NAT, TURN with a wrong password",
            failed(NO_ICE, "turn-auth", settle=30),
            nat=RANDOM,
            **both("pion", servers=TURN_WRONG),
        ),
        Scenario(
            "turn-quota",
            "both behind random-port NAT, the TURN user's quota is used up",
            failed(NO_ICE, "turn-quota", settle=30),
            nat=RANDOM,
            coturn={"quota": 1},
            steps=steps.call_with_quota_used,
            **both("pion", servers=TURN_UDP),
        ),
        Scenario(
            "data-only-chromium",
            "a data channel, no media",
            succeeded(DIRECT),
            **both("chromium", servers=STUN, media="data"),
        ),
        Scenario(
            "data-only-pion",
            "a data channel, no media",
            succeeded(DIRECT),
            **both("pion", servers=STUN, media="data"),
        ),
        Scenario(
            "ipv6-pion",
            "IPv6, no NAT",
            succeeded(DIRECT, family="ipv6"),
            net=Net(ipv6=True),
            **both("pion", ipv6=True),
        ),
        Scenario(
            "ipv6-chromium",
            "IPv6, no NAT, while IPv4 has no way through",
            succeeded(DIRECT, family="ipv6"),
            net=Net(ipv6=True),
            **both("chromium"),
        ),
        Scenario(
            "twenty-at-once",
            "twenty peer connections between the same two hosts",
            succeeded(DIRECT, sessions=20),
            **both("pion", servers=STUN, media="audio,data", count=20),
        ),
        Scenario(
            "plain-host",
            "p2pscope runs on alice's own machine and finds its one interface",
            succeeded(DIRECT),
            observed=HOST,
            **both("pion", servers=STUN),
        ),
        Scenario(
            "no-webrtc",
            "HTTP, DNS, QUIC-like UDP, iperf3 UDP: no session",
            Expect(NO_CLIENTS, sessions=0, settle=3),
            steps=steps.other_traffic,
        ),
        Scenario(
            "consent-lost",
            "bob's link goes down in mid-session and stays down",
            failed(LOST, "consent-lost", settle=20),
            steps=steps.cut_bob,
            **both("pion", servers=STUN, hold=60),
        ),
        Scenario(
            "steady",
            "a session of 60 s with media makes no event after its start",
            succeeded(DIRECT),
            steps=steps.steady,
            **both("chromium", servers=STUN, hold=64),
        ),
        Scenario(
            "loss-and-jitter",
            "the link to gateway A loses 5 % of the media and holds back the rest for up to 40 ms",
            succeeded(DIRECT),
            before=bad_link.on_the_way("gwa"),
            post_check=post_checks_media.compare_with_receiver,
            tools=("iptables-nft",),
            **both("chromium", servers=STUN, hold=30),
        ),
        Scenario(
            "interface-returns",
            "gateway A's lan0 is deleted and comes back under the same name, then a session",
            succeeded(DIRECT),
            steps=steps.replug_and_call,
            **both("pion", servers=STUN),
        ),
        Scenario(
            "prometheus",
            "promtool checks /metrics, a Prometheus scrapes it and answers",
            succeeded(DIRECT),
            steps=steps.call_then_prometheus,
            needs_observer=True,
            **both("pion", servers=STUN, hold=4),
        ),
        Scenario(
            "malformed",
            "100,000 random and truncated packets, then a session",
            succeeded(DIRECT, settle=15),
            steps=steps.malformed_then_call,
            **both("pion", servers=STUN),
        ),
    ]
    + scenarios_nat.SCENARIOS
    + scenarios_blocks.SCENARIOS
    + scenarios_audit.SCENARIOS
    + scenarios_sfu.SCENARIOS
    + scenarios_midcall.SCENARIOS
    + scenarios_errors.SCENARIOS
)
