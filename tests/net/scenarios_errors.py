# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The scenarios on what goes wrong before any path works: TURN servers that refuse, reset or fall
silent, peers that refuse checks, and a gateway that does not translate."""

import steps_errors as steps
from expect import DIRECT, NO_ICE, Expect, blocked_upstream, failed, succeeded
from lab import signalling, turn
from scenario import STUN, TURN_UDP, Scenario, both

EVERYBODY = "0.0.0.0-255.255.255.255"
GATHERING = ("gathering",)
# A first Allocate has 44 bytes; with user name, realm, nonce and integrity it has more than 100.
NO_SECOND_ALLOCATE = (
    'iifname "gwa" udp dport 3478 @th,64,16 0x0003 udp length > 80 counter drop comment "only 401"'
)
# The same over TCP, behind the header and the time stamps that are always there.
RESET_SECOND_ALLOCATE = (
    'iifname "gwa" tcp dport 3478 @th,256,16 0x0003 @th,272,16 > 60 counter reject with tcp reset'
    ' comment "only 401"'
)


def relay_only(servers):
    """Alice uses nothing but her relay; bob has none."""
    calls = both("pion", servers=STUN, give_up=8)
    return calls | {"alice": calls["alice"].but(servers=servers, policy="relay")}


SCENARIOS = [
    Scenario(
        "turn-denied-peer",
        "alice uses nothing but her relay, whose server lets nobody in (403)",
        failed(NO_ICE, "turn-refused", stages=GATHERING, says=("403",), settle=30),
        coturn={"denied": EVERYBODY},
        **relay_only(TURN_UDP),
    ),
    Scenario(
        "turn-denied-peer-guard",
        "the same server, and a direct path that works",
        succeeded(DIRECT),
        coturn={"denied": EVERYBODY},
        **both("pion", servers=TURN_UDP),
    ),
    Scenario(
        "turn-killed-behind-401",
        "the server answers alice's first Allocate with 401, and then never again",
        failed(NO_ICE, "server-silent", stages=GATHERING, settle=50),
        router=(NO_SECOND_ALLOCATE,),
        **relay_only([turn.turn_urls("udp")]),
    ),
    Scenario(
        "turn-reset-after-401",
        "the router lets 401 of a TURN server over TCP pass, and resets the next request",
        blocked_upstream(NO_ICE, "tcp-reset", stages=GATHERING, settle=30),
        router=(RESET_SECOND_ALLOCATE,),
        **relay_only([turn.turn_urls("tcp")]),
    ),
    Scenario(
        "ice-wrong-password",
        "both are told a wrong ICE password of the other: checks are answered with 401",
        failed(NO_ICE, "check-refused", settle=30),
        before=signalling.spoil_passwords,
        **both("chromium", servers=STUN, give_up=8),
    ),
    Scenario(
        "any-on-gateway",
        "a call, captured on all interfaces of gateway A at once and replayed",
        succeeded(DIRECT),
        steps=steps.call_captured,
        post_check=steps.replay_says_the_same,
        tools=("tcpdump",),
        **both("pion", servers=STUN),
    ),
    Scenario(
        "no-masquerade",
        "gateway A leaves UDP as it is: no answer finds back to alice's private address",
        Expect(NO_ICE, "failed", "here", "no-source-nat", settle=30),
        nat=("untranslated", "portpres"),
        **both("pion", servers=STUN, give_up=8),
    ),
]
