# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The scenarios in which something happens in the middle of a call; and those in which nothing is
wrong, though less media flows than before."""

import check_midcall
import steps_midcall as steps
from expect import DIRECT, LOST, RELAYED, Expect, Rule, blocked_here, failed, succeeded
from lab import blocks, changes, nat
from lab.topology import SERVER, WAN_B, Net
from scenario import RANDOM, STUN, TURN_UDP, Scenario, both

SETTLE = 10
MEDIA = ("media", "ended")
RATE = 40  # packets a second, of the 50 of audio and some of video
TBF = "40kbit"  # of some 50 that audio needs
TWO_WANS = ("gwa", ("lan0", "wan0", "wan1"), ("--lan", "lan0", "--wan", "wan0", "--wan", "wan1"))
BEYOND_B = ("portpres", "fullcone")  # bob can be reached from a new address of gateway A's
PION, CHROMIUM = both("pion", servers=STUN), both("chromium", servers=STUN)
# Of audio pion repeats nothing, so that it is not limited the more the more it has lost; and its
# reports take no way through gateway A.
AUDIO = both("pion", servers=STUN, media="audio")
TO_BOB = f"ip daddr {WAN_B} meta l4proto udp"
LOST_MAPPING = Expect(LOST, "failed", "here", "mapping-lost", stages=MEDIA, settle=SETTLE)


def cut_here(clients, rule=None, cause="rule"):
    return blocked_here(clients, rule, cause, stages=MEDIA, settle=SETTLE)


def midcall(name, about, expect, steps, clients=PION, **options):
    return Scenario(
        f"midcall-{name}", about, expect, steps=steps, judge=check_midcall, **clients, **options
    )


def own_relay(stack):
    calls = both(stack, servers=TURN_UDP)
    return calls | {"alice": calls["alice"].but(policy="relay")}


BANS = [
    midcall(
        f"cut-peer-{stack}",
        "gateway A bans bob's address",
        cut_here(LOST, changes.BANNED),
        steps.breaks(changes.ban(WAN_B)),
        clients,
        tables=changes.BANS,
    )
    for stack, clients in (("pion", PION), ("chromium", CHROMIUM))
] + [
    midcall(
        "cut-turn",
        "gateway A bans the TURN server of a relayed call",
        cut_here(LOST, changes.BANNED),
        steps.breaks(changes.ban(SERVER)),
        own_relay("pion"),
        nat=RANDOM,
        tables=changes.BANS,
    ),
    midcall(
        "cut-peer-removed",
        "gateway A bans bob's address, and no more before the clients give up",
        succeeded(DIRECT, share_seen=0.8),  # browsers count what they have no path for
        steps.mends(changes.ban(WAN_B), cut_here(LOST)),
        CHROMIUM,  # what pion sends again has no stream of its own, and is not in its counts
        tables=changes.BANS,
        forward=(changes.passes(TO_BOB),),
        post_check=steps.was_blocked,
    ),
]

CUTS = [
    midcall(
        f"cut-rtp-{direction}",
        f"gateway A drops RTP {what} by its first byte; checks and reports pass",
        cut_here(DIRECT, changes.CUT),
        steps.breaks(changes.cut(direction), (deaf,)),
        clients,
    )
    for direction, what, deaf, clients in (
        ("out", "of alice", "bob", PION),
        ("in", "of bob", "alice", CHROMIUM),
    )
] + [
    midcall(
        "cut-video",
        "gateway A drops alice's video by its payload type, her audio passes",
        cut_here(DIRECT, changes.CUT),
        steps.breaks(changes.cut_video("out"), ("bob video",)),
    ),
    midcall(
        "cut-checks",
        "gateway A drops STUN by its cookie, media passes until the clients give up",
        cut_here(LOST, changes.NO_CHECKS),
        steps.gives_up(changes.CHECKS_CUT),
        CHROMIUM,
    ),
    midcall(
        "cut-rtp-removed",
        "gateway A drops RTP of alice, and no more after a while",
        succeeded(DIRECT),
        steps.mends(changes.cut("out"), cut_here(DIRECT), ("bob",)),
        CHROMIUM,
        forward=(changes.passes(changes.rtp_of("out")),),
        post_check=steps.was_blocked,
    ),
    midcall(
        "queue-ends",
        "the program behind an NFQUEUE that passed the call's packets ends",
        cut_here(LOST, changes.QUEUE_ENDS.comment, "queue"),
        steps.breaks(changes.QUEUE_ENDS),
        before=blocks.queue(inside=None, program=blocks.PASSING),
        tools=("iptables-nft",),
    ),
    midcall(
        "rpfilter",
        "another route to bob, and rp_filter drops what comes from him",
        cut_here(LOST, cause="rpfilter"),
        steps.breaks(changes.RP_FILTER, ("alice",)),
    ),
]

MAPPINGS = [
    midcall(
        "flush",
        "conntrack -F: the ports stay, the call goes on",
        succeeded(DIRECT),
        steps.goes_on(changes.FLUSH),
        CHROMIUM,
    ),
    midcall(
        "flush-random",
        "conntrack -F behind random-port NAT: the TURN server knows alice no more",
        LOST_MAPPING,
        steps.breaks(changes.FLUSH),
        own_relay("pion"),
        nat=RANDOM,
    ),
    midcall(
        "address-moves",
        "gateway A's WAN address is another one, gateway B lets nothing in from there",
        LOST_MAPPING,
        steps.breaks(changes.NEW_ADDRESS),
        net=Net(moves=True),
    ),
    midcall(
        "address-moves-recovers",
        "gateway A's WAN address is another one, and ICE finds bob from there",
        succeeded(DIRECT),
        steps.goes_on(changes.NEW_ADDRESS),
        CHROMIUM,
        nat=BEYOND_B,
        net=Net(moves=True),
    ),
    midcall(
        "failover",
        "gateway A sends by its second uplink, gateway B lets nothing in from there",
        LOST_MAPPING,
        steps.breaks(changes.FAILOVER),
        nat=("two-uplinks", "portpres"),
        net=Net(uplink2=True, moves=True),
        observed=TWO_WANS,
    ),
    midcall(
        "failover-recovers",
        "gateway A sends by its second uplink, and ICE finds bob from there",
        succeeded(DIRECT),
        steps.goes_on(changes.FAILOVER),
        CHROMIUM,
        nat=("two-uplinks", "fullcone"),
        net=Net(uplink2=True, moves=True),
        observed=TWO_WANS,
    ),
]

IMPAIRED = [
    midcall(
        f"limit-{direction}",
        f"gateway A lets {RATE} RTP packets a second {what} pass",
        succeeded(DIRECT),
        steps.impairs(changes.limit(direction, RATE), direction),
        clients,
        post_check=steps.is_impaired("rule", direction, steps.by_rule),
    )
    for direction, what, clients in (("out", "of alice", AUDIO), ("in", "of bob", CHROMIUM))
] + [
    midcall(
        "tbf",
        f"the queue of gateway A's wan0 sends {TBF}/s",
        succeeded(DIRECT),
        steps.impairs(changes.tbf("wan0", TBF), "out"),
        AUDIO,
        post_check=steps.is_impaired("drop", "out", steps.by_queue("wan0")),
        tools=("tc",),
    ),
]

ENDS = [
    midcall(
        f"peer-killed-{stack}",
        "kill -9 of bob's client, whose host says so",
        failed(LOST, "peer-gone", settle=SETTLE),
        steps.killed,
        clients,
    )
    for stack, clients in (("pion", PION), ("chromium", CHROMIUM))
] + [
    midcall(
        f"hang-up-{stack}",
        "both hang up: p2pscope says so soon",
        succeeded(DIRECT),
        steps.hangs_up,
        clients,
    )
    for stack, clients in (("pion", PION), ("chromium", CHROMIUM))
]


def guard(name, about, steps, clients=CHROMIUM, **options):
    from steps_midcall import undisturbed

    return midcall(
        f"guard-{name}", about, succeeded(DIRECT), steps, clients, post_check=undisturbed, **options
    )


GUARDS = [
    guard("mute", "alice mutes her tracks for a while", steps.held("alice", "mute", "unmute", ())),
    guard(
        "hold",
        "alice puts the call on hold for a while",
        steps.held("alice", "hold", "resume", steps.BOTH),
    ),
    guard(
        "hold-pion",
        "alice's tracks are replaced by nothing for a while",
        steps.held("alice", "hold", "resume", ("bob",)),
        PION,
    ),
    guard(
        "dtx",
        "both are silent, and discontinuous transmission saves the packets",
        steps.silent,
        both("chromium", servers=STUN, media="audio", dtx=True),
    ),
    guard("tab-closed", "alice closes the page, then bob hangs up", steps.tab_closed("alice")),
    guard("tab-closed-peer", "bob closes the page, then alice hangs up", steps.tab_closed("bob")),
] + [
    guard(
        f"late-candidates-{stack}",
        "both sides' candidates come five seconds late",
        steps.call,
        both(stack, servers=STUN, late=5),
    )
    for stack in ("pion", "chromium")
]

SCENARIOS = BANS + CUTS + MAPPINGS + IMPAIRED + ENDS + GUARDS
